"""The columns of a task breakdown, and the words that offices use as their headings."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from locales import Text
from services.importing.reading.headers import HeaderWords


class TaskColumn(StrEnum):
    SERIAL = "serial"
    ACTION = "action"
    FOCUS = "focus"
    OBJECTIVE = "objective"
    STANDARD = "standard"
    DEADLINE = "deadline"
    FREQUENCY = "frequency"
    LEAD = "lead_unit"
    UNITS = "responsible_unit"
    ASSISTING = "assisting_units"
    LEADER = "leader_in_charge"
    SECTION = "handling_section"
    PERSON = "responsible_person"
    PARENT = "parent_task"
    REMARK = "remark"


C = TaskColumn
_WORDS: Final = {
    C.SERIAL: ("序号", "编号", "序"),
    C.ACTION: ("行动", "专项行动", "行动名称", "专项行动名称", "所属行动", "行动类别"),
    C.FOCUS: ("重点", "工作重点", "重点领域", "重点方面", "重点环节"),
    C.OBJECTIVE: (
        *(
            "目标任务",
            "工作任务",
            "任务",
            "任务目标",
            "工作目标",
            "具体任务",
            "主要任务",
            "任务内容",
            "任务名称",
        ),
        *("工作内容", "重点任务", "重点工作任务", "重点工作", "目标"),
    ),
    C.STANDARD: (
        *(
            "工作标准",
            "标准",
            "工作要求",
            "任务标准",
            "标准要求",
            "工作标准及要求",
            "工作标准和要求",
            "完成标准",
        ),
        *("验收标准", "质量标准", "具体要求", "要求"),
    ),
    C.DEADLINE: (
        *(
            "完成时限",
            "时限",
            "完成时间",
            "工作时限",
            "完成期限",
            "办结时限",
            "时限要求",
            "时间要求",
            "截止时间",
        ),
        *("截止日期", "完成日期", "时间节点", "期限"),
    ),
    C.FREQUENCY: (
        *("报送频次", "报送频率", "报告频次", "报告频率", "上报频次", "上报频率", "填报频次", "调度频次"),
        *("工作频次", "频次", "频率", "报送周期", "报送要求", "上报要求", "报告周期", "上报周期", "调度周期"),
    ),
    C.LEAD: ("牵头单位", "主办单位", "牵头部门", "牵头责任单位", "主要责任单位"),
    C.UNITS: ("责任单位", "责任部门", "承办单位", "落实单位", "责任主体"),
    C.ASSISTING: ("配合单位", "协办单位", "协同单位", "协助单位", "配合部门", "协同部门", "参与单位"),
    C.LEADER: ("分管领导", "责任领导", "单位分管领导", "分管负责人", "牵头领导"),
    C.SECTION: ("承办科室", "责任科室", "具体承办科室", "经办科室", "科室"),
    C.PERSON: (
        *("责任人", "责任人员", "具体责任人", "直接责任人", "责任人及电话", "责任人及联系电话"),
        *("责任人及联系方式", "具体负责人", "负责人", "联系人", "承办人", "经办人"),
    ),
    C.PARENT: (
        *(
            "上级任务",
            "上级任务序号",
            "上级任务编号",
            "上级任务名称",
            "上级目标任务",
            "上级序号",
            "对应上级任务",
        ),
        *("所属任务", "所属任务序号", "所属目标任务", "父任务", "父任务序号", "父级任务", "分解自"),
    ),
    C.REMARK: ("备注", "备考"),
}
_BELOW: Final = {
    **dict.fromkeys(("牵头", "主办", "牵头单位", "主办单位", "牵头部门"), C.LEAD),
    **dict.fromkeys(("配合", "协办", "协同", "参与", "配合单位", "协办单位", "配合部门"), C.ASSISTING),
}
TASK_HEADER: Final = HeaderWords(
    words=_WORDS,
    required=(C.OBJECTIVE,),
    least=3,
    below=_BELOW,
    same=("姓名", "名称"),
    whole=(C.PARENT,),
    besides=("电话", "联系电话", "联系方式", "手机", "手机号", "职务"),
)
# Only in the grouping columns does a blank mean "as above".
GROUPING: Final = (C.ACTION, C.FOCUS)


NEEDED: Final = (C.OBJECTIVE, C.STANDARD, C.DEADLINE, C.UNITS, C.PERSON)


def task_column_name(column: TaskColumn) -> Text:
    return Text(f"importing.column.{column.value}")


def lacking(found: Collection[TaskColumn]) -> list[TaskColumn]:
    """The needed columns that a header lacks; 牵头单位 does for 责任单位, and 报送频次 for 完成时限."""
    instead = {C.UNITS: C.LEAD, C.DEADLINE: C.FREQUENCY}
    return [c for c in NEEDED if c not in found and instead.get(c) not in found]
