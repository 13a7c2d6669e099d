"""Tables by subject, every query and every guarded update."""

from sqlmodel import SQLModel

# Constraints have names, so that a later migration can say which one it means, on SQLite too.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# No row is validated by pydantic: the database and the guarded updates do that. What would validate it is
# made when it is asked for, not for each table at each start.
SQLModel.model_config["defer_build"] = True
