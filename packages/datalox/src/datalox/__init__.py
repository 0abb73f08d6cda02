"""datalox: an incremental, explainable Datalog."""
