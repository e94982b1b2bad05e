"""From a version to a model. Reads versions with pyarrow alone: machines with a GPU may lack polars and pydantic."""
