"""The commands on access control lists: users, their passwords, and what they may do."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any, TypeAlias, TypedDict

from redtrio.commands._arguments import Words, at_least_one, flag_words, whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._client_words import own_fields
from redtrio.commands._replies import is_ok, plain_words, text
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["AclCommands", "AclLogEntry", "AclUser"]

_ACL_CAT = Spec(name="ACL CAT")
_ACL_DELUSER = Spec(name="ACL DELUSER")
_ACL_DRYRUN = Spec(name="ACL DRYRUN")
_ACL_GENPASS = Spec(name="ACL GENPASS")
_ACL_GETUSER = Spec(name="ACL GETUSER")
_ACL_LIST = Spec(name="ACL LIST")
_ACL_LOAD = Spec(name="ACL LOAD")
_ACL_LOG = Spec(name="ACL LOG")
_ACL_SAVE = Spec(name="ACL SAVE")
_ACL_SETUSER = Spec(name="ACL SETUSER")
_ACL_USERS = Spec(name="ACL USERS")
_ACL_WHOAMI = Spec(name="ACL WHOAMI")

_MAX_BITS = 4096  # of a password that the server makes

Word: TypeAlias = "str | bytes"
Rules: TypeAlias = "str | bytes | Iterable[str | bytes]"
"""One rule, or several in any iterable."""


class AclUser(TypedDict):
    """What the server tells of a user, all strings as str.

    Attributes:
        enabled: Whether the user may log in.
        flags: Such as "on", "nopass", in order of the alphabet.
        passwords: The SHA-256 hashes of the passwords, 64 hexadecimal digits each.
        commands: The rules about single commands, in order, such as "-get", "+client|id".
        categories: Those about categories, in order, such as "-@all", "+@read".
        keys: The patterns of keys, such as "~cache:*", "%R~*".
        channels: The patterns of channels, such as "&news.*".
        databases: "alldbs", or such as "db=0,1"; on servers without rules about databases,
            which came with Valkey 9.1, "alldbs".
        selectors: Further sets of rules, of which any may allow what these do not: dicts of
            "commands", "keys", "channels" and, since Valkey 9.1, "databases", each with all
            its rules in one str.
    """

    enabled: bool
    flags: list[str]
    passwords: list[str]
    commands: list[str]
    categories: list[str]
    keys: list[str]
    channels: list[str]
    databases: list[str]
    selectors: list[dict[str, str]]


AclLogEntry = TypedDict(
    "AclLogEntry",
    {
        "count": int,
        "reason": str,
        "context": str,
        "object": str,
        "username": str,
        "age-seconds": float,
        "client-info": "dict[str, str | int]",
        "entry-id": int,
        "timestamp-created": int,
        "timestamp-last-updated": int,
    },
)
"""What the server tells of a refusal, all strings as str.

``count`` times within a minute; its ``reason`` is "auth", "command", "key", "channel" or
"database"; its ``context`` "toplevel", "multi", "lua" or "module"; its ``object`` the command,
key or channel that was refused. ``client-info`` is as of ``client_info``. From 7.2 on there
are ``entry-id`` and the Unix times in milliseconds.
"""


class AclCommands(CommandGroup[S]):
    """The commands on access control lists.

    Where a command changes something and its call is cancelled, or fails with a
    ``ConnectionError`` whose ``maybe_executed`` is True, the server may have carried it out.
    Names and rules are str in either mode.
    """

    __slots__ = ()

    def acl_cat(self, category: Argument | None = None) -> Awaitable[list[str]]:
        """Get the categories of commands, or the commands of one.

        Args:
            category: The category ("read"); None: get all categories.

        Returns:
            Names of categories; or of commands, in small letters ("client|id").

        Raises:
            ResponseError: There is no such category.

        Source: ACL CAT. Since 6.0.
        """
        words: Words = () if category is None else (category,)
        return self._execute(Command(_ACL_CAT, (b"ACL", b"CAT", *words), plain_words))

    def acl_deluser(self, *username: Argument) -> Awaitable[int]:
        """Delete users, and close their connections.

        Args:
            username: Their names, at least one.

        Returns:
            How many of them there were.

        Raises:
            DataError: No name is given.
            ResponseError: The user "default" cannot be deleted.

        Source: ACL DELUSER. Since 6.0.
        """
        words = (b"ACL", b"DELUSER", *at_least_one("username", username))
        return self._execute(Command(_ACL_DELUSER, words))

    def acl_dryrun(self, username: Argument, *args: Argument) -> Awaitable[S]:
        """Tell whether a user may run a command, without running it.

        Args:
            username: The user.
            args: The command and all its arguments.

        Returns:
            "OK", or in words why not.

        Raises:
            DataError: No command is given.
            ResponseError: There is no such user or no such command, or its arguments are too
                few or too many.

        Source: ACL DRYRUN. Since 7.0.
        """
        words = (b"ACL", b"DRYRUN", username, *at_least_one("args", args))
        return self._execute(Command(_ACL_DRYRUN, words))

    def acl_genpass(self, bits: int | None = None) -> Awaitable[str]:
        """Let the server make a random password.

        Args:
            bits: Of how many bits, 1 to 4096, rounded up to a multiple of 4; None: 256.

        Returns:
            The password in hexadecimal digits, of four bits each.

        Raises:
            DataError: ``bits`` is out of its range.

        Source: ACL GENPASS. Since 6.0.
        """
        words: Words = (b"ACL", b"GENPASS")
        if bits is not None:
            if whole("bits", bits, "bits") not in range(1, _MAX_BITS + 1):
                raise DataError(f"bits must be 1 to {_MAX_BITS}, got {bits}")
            words += (bits,)
        return self._execute(Command(_ACL_GENPASS, words, text))

    def acl_getuser(self, username: Argument) -> Awaitable[AclUser | None]:
        """Get what a user may do.

        Args:
            username: The user.

        Returns:
            An ``AclUser``, None if there is no such user.

        Source: ACL GETUSER. Since 6.0.
        """
        return self._execute(Command(_ACL_GETUSER, (b"ACL", b"GETUSER", username), _user))

    def acl_list(self) -> Awaitable[list[str]]:
        """Get all users, each with all rules in one line, as a configuration file has them.

        Source: ACL LIST. Since 6.0.
        """
        return self._execute(Command(_ACL_LIST, (b"ACL", b"LIST"), plain_words))

    def acl_load(self) -> Awaitable[bool]:
        """Load the users anew from the file that the server's option ``aclfile`` names.

        Returns:
            True.

        Raises:
            ResponseError: There is no such file, or it has errors; nothing has changed.

        Source: ACL LOAD. Since 6.0.
        """
        return self._execute(Command(_ACL_LOAD, (b"ACL", b"LOAD"), is_ok))

    def acl_log(self, count: int | None = None) -> Awaitable[list[AclLogEntry]]:
        """Get what was refused of late, the last one first.

        Args:
            count: At most so many entries, >= 0; None: 10.

        Returns:
            ``AclLogEntry``s.

        Raises:
            DataError: ``count`` is negative.

        Source: ACL LOG. Since 6.0.
        """
        words: Words = (b"ACL", b"LOG")
        if count is not None:
            words += (whole("count", count, "entries", 0),)
        return self._execute(Command(_ACL_LOG, words, _log_entries))

    def acl_log_reset(self) -> Awaitable[bool]:
        """Forget what was refused.

        Returns:
            True.

        Source: ACL LOG. Since 6.0.
        """
        return self._execute(Command(_ACL_LOG, (b"ACL", b"LOG", b"RESET"), is_ok))

    def acl_save(self) -> Awaitable[bool]:
        """Write the users to the file that the server's option ``aclfile`` names.

        Returns:
            True.

        Raises:
            ResponseError: There is no such file, or it cannot be written.

        Source: ACL SAVE. Since 6.0.
        """
        return self._execute(Command(_ACL_SAVE, (b"ACL", b"SAVE"), is_ok))

    def acl_setuser(
        self,
        username: Argument,
        enabled: bool = False,
        nopass: bool = False,
        passwords: Rules | None = None,
        hashed_passwords: Rules | None = None,
        categories: Rules | None = None,
        commands: Rules | None = None,
        keys: Rules | None = None,
        channels: Rules | None = None,
        selectors: Iterable[tuple[Word, Word]] | None = None,
        reset: bool = False,
        reset_keys: bool = False,
        reset_channels: bool = False,
        reset_passwords: bool = False,
        *,
        rules: Rules = (),
    ) -> Awaitable[bool]:
        """Make a user, or change what one may do.

        What a user had before stays, apart from what the arguments say; a new user may do
        nothing and not log in. The arguments count in the order of the resets, ``enabled``,
        passwords, and so on, ``rules`` last.

        Args:
            username: The user.
            enabled: Whether the user may log in. The default takes that from one who may.
            nopass: Let the user log in with any password, or none.
            passwords: Passwords, "+" before one to add, "-" before one to take away.
            hashed_passwords: Their SHA-256 hashes, in 64 hexadecimal digits, "+" or "-"
                before each.
            categories: Categories to allow or forbid, "+" or "-" before each ("+read",
                "+@read").
            commands: Commands to allow or forbid, "+" or "-" before each ("+client|id").
            keys: Patterns of keys to allow ("cache:*"), all to be done with them; "%R~" or
                "%W~" before one to allow reading or writing alone.
            channels: Patterns of channels to allow ("news.*").
            selectors: Pairs of a rule as in ``commands`` and a pattern as in ``keys``: what
                the user may do beside all that.
            reset: Take all passwords and rights away first.
            reset_keys: Take all patterns of keys away first.
            reset_channels: Take all patterns of channels away first.
            reset_passwords: Take all passwords, and ``nopass``, away first.
            rules: Further rules as the server writes them ("clearselectors", "db=0,1").

        Returns:
            True.

        Raises:
            DataError: ``nopass`` comes with passwords, or a "+" or "-" is missing. No message
                shows a password.
            ResponseError: A rule is wrong; nothing has changed.

        Source: ACL SETUSER. Since 6.0; ``channels`` since 6.2, ``selectors`` and "%R~" since
        7.0, rules on databases since Valkey 9.1.
        """
        if nopass and (passwords or hashed_passwords):
            raise DataError("nopass goes with neither passwords nor hashed_passwords")
        words: Words = (b"ACL", b"SETUSER", username)
        words += flag_words(
            reset=reset,
            resetkeys=reset_keys,
            resetchannels=reset_channels,
            resetpass=reset_passwords,
        )
        words += (b"on" if enabled else b"off",)
        words += _secrets("passwords", passwords, b">", b"<")
        words += _secrets("hashed_passwords", hashed_passwords, b"#", b"!")
        words += flag_words(nopass=nopass)
        words += tuple(_category(rule) for rule in _several(categories))
        words += tuple(_signed("commands", rule) for rule in _several(commands))
        words += tuple(_pattern(key) for key in _several(keys))
        words += tuple(b"&" + channel for channel in _several(channels))
        for command, key in selectors or ():
            rule = _signed("selectors", _bytes(command))
            words += (b"(%b %b)" % (rule, _pattern(_bytes(key))),)
        return self._execute(Command(_ACL_SETUSER, (*words, *_several(rules)), is_ok))

    def acl_users(self) -> Awaitable[list[str]]:
        """Get the names of all users.

        Source: ACL USERS. Since 6.0.
        """
        return self._execute(Command(_ACL_USERS, (b"ACL", b"USERS"), plain_words))

    def acl_whoami(self) -> Awaitable[str]:
        """Get the name of the user that the connection is logged in as.

        Source: ACL WHOAMI. Since 6.0.
        """
        return self._execute(Command(_ACL_WHOAMI, (b"ACL", b"WHOAMI"), text))


def _bytes(word: Word) -> bytes:
    if isinstance(word, (str, bytes)):
        return word.encode() if isinstance(word, str) else word
    # By its type: a password might be among them.
    raise DataError(f"rules must be str or bytes, got {type(word).__name__}")


def _several(rules: Rules | None) -> list[bytes]:
    if isinstance(rules, (str, bytes)):
        return [_bytes(rules)]
    return [_bytes(rule) for rule in rules or ()]


def _secrets(name: str, passwords: Rules | None, add: bytes, remove: bytes) -> Words:
    marks = {b"+": add, b"-": remove}
    words: Words = ()
    for number, password in enumerate(_several(passwords)):
        mark = marks.get(password[:1])
        if mark is None:
            # By its number: errors show no secrets.
            raise DataError(f"{name} must begin with + or -, that at {number} does not")
        words += (mark + password[1:],)
    return words


def _signed(name: str, rule: bytes) -> bytes:
    if rule[:1] not in (b"+", b"-"):
        raise DataError(f"{name} must begin with + or -, got {text(rule)!r}")
    return rule


def _category(rule: bytes) -> bytes:
    _signed("categories", rule)
    return rule[:1] + b"@" + rule[1:].removeprefix(b"@")


def _pattern(key: bytes) -> bytes:
    return key if key[:1] in (b"~", b"%") else b"~" + key


def _user(reply: dict[bytes, Any] | None) -> AclUser | None:
    if reply is None:
        return None
    rules = text(reply[b"commands"]).split()
    flags: list[str] = sorted(map(text, reply[b"flags"]))
    return {
        "enabled": "on" in flags,
        "flags": flags,
        "passwords": plain_words(reply[b"passwords"]),
        "commands": [rule for rule in rules if "@" not in rule],
        "categories": [rule for rule in rules if "@" in rule],
        "keys": _patterns(reply[b"keys"]),
        "channels": _patterns(reply.get(b"channels", b"")),
        "databases": _patterns(reply.get(b"databases", b"alldbs")),
        "selectors": plain_words(reply.get(b"selectors", [])),
    }


def _patterns(rules: bytes | list[bytes]) -> list[str]:
    # Before 7.0 they came as a list.
    words = rules.split() if isinstance(rules, bytes) else rules
    return [text(word) for word in words]


def _log_entries(reply: list[dict[bytes, Any]]) -> list[AclLogEntry]:
    entries: list[AclLogEntry] = []
    for raw in reply:
        fields: Any = plain_words(raw)
        fields["age-seconds"] = float(fields["age-seconds"])
        fields["client-info"] = own_fields(raw[b"client-info"])
        entries.append(fields)
    return entries
