"""Which PostgreSQL holds the truth."""

from urllib.parse import quote

from pydantic import field_validator

from mxc.server.settings.section import Section, env, secret

SCHEMES = ("postgresql://", "postgres://", "ecto://")


class Database(Section):
    """PostgreSQL: yours when DATABASE_URL or DATABASE_HOST names one, else our own as a child process."""

    url: str = secret(
        "DATABASE_URL",
        "A PostgreSQL 16 or newer that you run: `postgresql://user:password@host:port/name`. Its user "
        "must be allowed to create roles.",
    )
    host: str = env("DATABASE_HOST", "", "Instead of DATABASE_URL: the server's host.")
    port: int = env("DATABASE_PORT", 5432, "With DATABASE_HOST: its port.", ge=1, le=65535)
    user: str = env("DATABASE_USER", "mxc", "With DATABASE_HOST: who connects.")
    password: str = secret("DATABASE_PASSWORD", "With DATABASE_HOST: the password.")
    name: str = env("DATABASE_NAME", "mxc", "With DATABASE_HOST: the database.")
    pool_size: int = env("POOL_SIZE", 10, "Connections the coordinator may hold for its work.", ge=2, le=200)

    @field_validator("url")
    @classmethod
    def _names_postgresql(cls, url: str) -> str:
        if url and not url.startswith(SCHEMES):
            raise ValueError("must begin with postgresql://")
        for scheme in SCHEMES:
            url = url.replace(scheme, SCHEMES[0], 1) if url.startswith(scheme) else url
        return url

    @property
    def dsn(self) -> str:
        """The DSN of the server the user named; empty when we run our own. Holds the password."""
        if self.url or not self.host:
            return self.url
        password = f":{quote(self.password, safe='')}" if self.password else ""
        return f"postgresql://{quote(self.user, safe='')}{password}@{self.host}:{self.port}/{self.name}"
