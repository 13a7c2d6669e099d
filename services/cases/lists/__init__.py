"""Lists of cases: ``/todo``, ``/orders``, ``/case``, and ``/figures`` with the cases behind each number."""
