"""What sentences of other packages say here where they name a command, or a document of the project.

People who read the page have no terminal, nor the project's files. ``temoin.messages`` asks this map for each sentence
before it translates it. Every sentence that names one and may come to the page is a key; a test holds the map to the
catalogue (tests/unit/test_page_wording.py).
"""

from collections.abc import Mapping
from types import MappingProxyType


def _(message: str) -> str:
    """Mark a sentence for the catalogue; it is translated when it is said."""
    return message


def n_(singular: str, plural: str) -> tuple[str, str]:
    """The same, for a plural."""
    return singular, plural


_WORDS = {
    # messages
    "{channel}: the program {program} is not installed. Install it, or set desktop = false and give urls.": _(
        "{channel}: nothing can be shown on this computer’s screen. Choose another way: “Change how you are told”, "
        "below."
    ),
    # capture
    'Install the package xvfb, or set view = "page" in [browser].': _(
        "Have Xvfb installed by whoever looks after this computer."
    ),
    "Run this from a desktop session, or set DISPLAY.": _(
        "Start Témoin in a session with a screen, sitting at this computer, and open this page from there."
    ),
    "Run this in your own session, where the browser is; or else: {other}": _(
        "Open this page from the session where the browser is; or else: {other}"
    ),
    "Correct executable in [browser], or leave it empty to let Témoin find one.": _(
        "Have whoever looks after this computer correct the browser’s place in the configuration."
    ),
    "Start it by hand once; if it works, run “temoin check”. Another can be named in [browser].": _(
        "Start it by hand once; if it works, press “Check this computer” on the page “Today”."
    ),
    'Install Xvfb (Debian, Ubuntu: apt install xvfb), or set view = "page" under [browser] in config.toml.': _(
        "Have Xvfb installed by whoever looks after this computer."
    ),
    'Keep the window open and not minimised, or set view = "page" under [browser] in config.toml.': _(
        "Keep the window open and not minimised, and try again."
    ),
    'Try again; if it comes back, set view = "page" under [browser] in config.toml.': _(
        "Try again; if it comes back, report it."
    ),
    "make a screenshot yourself, and add it with “temoin journal add screenshot --on YYYY-MM-DD --attach FILE”.": _(
        "make a screenshot yourself, and add it to the journal of the dossier."
    ),
    "If it is one of these, add --window with words of its title: {titles}. If not, {other}": _(
        "If it is one of these, bring it to the front before the picture is taken: {titles}. If not, {other}"
    ),
    # the passphrase
    "Set TEMOIN_PASSPHRASE to a sentence that you will not forget. Nothing was changed.": _(
        "Type a sentence that you will not forget. Nothing was changed."
    ),
    "Set TEMOIN_PASSPHRASE to your passphrase, then try again. Nothing was changed.": _(
        "Type your passphrase, then try again. Nothing was changed."
    ),
    "Check TEMOIN_PASSPHRASE, then try again. Nothing was changed.": _(
        "Type your passphrase once more. Nothing was changed."
    ),
    # authorities, and the configuration of theirs
    "The environment variable {name}, which holds the password, is empty.": _(
        "Témoin was not given the password of this timestamp authority."
    ),
    "must be the name of an environment variable": _("does not name the place of a password"),
    "Write the user name here, and the name of the environment variable that holds the password.": _(
        "Have whoever looks after this computer correct the user name and the place of the password."
    ),
    "Never write a password here: name the variable that holds it.": _(
        "Never write a password here. Have whoever looks after this computer correct it."
    ),
    "this command is not there": _("a program of this computer’s system is not there"),
    # dossiers
    "It follows nothing yet: “temoin case follow {code} PROCEDURE”.": _(
        "It follows nothing yet: press “Follow a démarche” below."
    ),
    "Add the day the person asked you to act: “temoin case change {code} --asked-on YYYY-MM-DD”.": _(
        "Add the day the person asked you to act, below at “Change what is noted”."
    ),
    "Have the mandate signed: the template is among the letters of “temoin export”.": _(
        "Have the mandate signed: the template is among the letters of “Files for the court”."
    ),
    "Give --kind, --reviewed, --asked-on, --expires or --still-looking.": _("Fill in at least one of the fields."),
    (
        "Case {code} is closed: nothing is captured for it any more, and everything is kept. When it is no longer "
        "needed (an appeal takes 15 days, a new petition is possible), “temoin case erase {code}” removes what is "
        "personal."
    ): _(
        "Case {code} is closed: nothing is captured for it any more, and everything is kept. When it is no longer "
        "needed (an appeal takes 15 days, a new petition is possible), erase what is personal at the bottom of its "
        "page."
    ),
    (
        "Case {case} has been closed since {day}, longer than the {months} months after which what is personal should "
        "go: “temoin case erase {case}”, once the person has their file. Nothing is erased by itself."
    ): _(
        "Case {case} has been closed since {day}, longer than the {months} months after which what is personal should "
        "go: erase it at the bottom of its page, once the person has their file. Nothing is erased by itself."
    ),
    "Give this person another code. “temoin case list” shows those in use.": _(
        "Give this person another code. The page “Dossiers” shows those in use."
    ),
    "Open another case for this person, with “temoin case add”.": _("Open another dossier for this person."),
    "There is no case yet: “temoin case add” opens one.": _(
        "There is no dossier yet: open one on the page “Dossiers”."
    ),
    "Case {code} follows no démarche: “temoin case follow” makes it follow one.": _(
        "Case {code} follows no démarche: press “Follow a démarche” on its page."
    ),
    "If one is still sought: “temoin case change CODE --still-looking”, or follow it with a new case.": _(
        "If one is still sought, say so in the dossier at “Change what is noted”, or follow it with a new dossier."
    ),
    # files for the court
    "Give --first-number 1 or more.": _("Write 1 or more as the first number."),
    "Give --from a day that is not after --to.": _("Choose a first day that is not after the last one."),
    "File the petition first: `temoin export --file`.": _("Make a filing first."),
    "Wait for new captures or steps. `temoin export --again` issues a filing as it was.": _(
        "Wait for new captures or steps. A filing is issued again as it was at the bottom of the page."
    ),
    "Wait for the first captures, or widen --from and --to; `temoin list` shows what there is.": _(
        "Wait for the first captures, or choose a longer period; the page “Captures” shows what there is."
    ),
    "Free some disk space or choose another folder with --out; nothing half-made is left.": _(
        "Free some disk space, then try again; nothing half-made is left."
    ),
    "`temoin export` shows the filings of a case.": _(
        "The page of the files for the court shows the filings of a case."
    ),
    # journal and own pieces
    (
        "The clocks were put back that night, and {hour} came twice: the first is noted ({offset}). If it was the "
        "second, erase this entry and note it again without --at, with the hour in the text."
    ): _(
        "The clocks were put back that night, and {hour} came twice: the first is noted ({offset}). If it was the "
        "second, erase this entry and note it again without its hour, which you write in the text."
    ),
    (
        "An appointment was obtained: nothing more is captured for this case. When all is done: “temoin case close "
        "{case} --why appointment”. If it was none after all: “temoin case change {case} --still-looking”."
    ): _(
        "An appointment was obtained: nothing more is captured for this case. When all is done, press “Close this "
        "dossier” at the bottom of its page. If it was none after all, say so there at “Change what is noted”."
    ),
    "Add --on YYYY-MM-DD, and --at HH:MM if you know it.": _("Fill in the day, and the hour if you know it."),
    "Write it in a file, save that as UTF-8, and give it with --text-file.": _("Write it anew, without pasting it."),
    "Add --text “what was done”, or --attach FILE.": _("Write what was done, or choose a file."),
    "--attempt and --result go with slot_response only.": _(
        "A slot, and what came of it, go only with what you did about a slot that was seen."
    ),
    "Leave them out, or note a slot_response.": _("Leave both empty, or choose the other kind."),
    "Add --attempt NUMBER (slots seen: {seen}) and --result.": _(
        "Choose the slot (those seen: {seen}), and what came of it."
    ),
    "Add --attach FILE with the PNG or JPEG that you made.": _("Choose the PNG or JPEG file that you made."),
    "`temoin journal list` and `temoin piece list` give the numbers.": _(
        "The journal and the own pieces of the dossier show what there is."
    ),
    "“temoin journal list” and “temoin piece list” give the numbers.": _(
        "The journal and the own pieces of the dossier show what there is."
    ),
    "To erase it: “temoin piece erase {sequence}”.": _("It is among the dossier’s own pieces: erase it there."),
    "To erase it: “temoin journal erase {sequence}”.": _("It is in the dossier’s journal: erase it there."),
    (
        "What entry {sequence} added is erased; entry {entry} says so. Files that were frozen with a filing keep it: "
        "“temoin case erase” removes those too."
    ): _(
        "What entry {sequence} added is erased; entry {entry} says so. Files that were frozen with a filing keep it, "
        "until what is personal in the whole dossier is erased, at the bottom of its page."
    ),
    (
        "The journal holds no e-mail and no letter to the préfecture: write one, from {day} on, and add it with "
        "“temoin journal add”."
    ): _(
        "The journal holds no e-mail and no letter to the préfecture: write one, from {day} on, and add it to the "
        "journal."
    ),
    (
        "The last visit failed: {words}. Look at the page in your own browser: “temoin photo {id}” photographs it "
        "there, and “temoin journal add screenshot” takes a screenshot of your own."
    ): _(
        "The last visit failed: {words}. Look at the page in your own browser, make a screenshot there, and add it to "
        "the journal."
    ),
    "Nobody has tried this week: “temoin photo {id}” in your own browser.": _(
        "Nobody has tried this week: look in your own browser, and add a screenshot to the journal."
    ),
    (
        "Nobody has tried by hand this week. One try a week is the best answer to “a robot tried, not the person”: "
        "“temoin photo {id}” in your own browser, or “temoin capture {id} --assist”."
    ): _(
        "Nobody has tried by hand this week. One try a week is the best answer to “a robot tried, not the person”: "
        "press “Try now with me at the window” on the page of the démarche, or look in your own browser and add a "
        "screenshot to the journal."
    ),
    # attempts
    "Left: {left}. {id}, {prefecture}, {label} (cases: {codes})": _(
        "Left: {left}. {prefecture}, {label} (cases: {codes})"
    ),
    "Visit it yourself: “temoin capture {id} --assist”.": _(
        "Visit it yourself: press “Try now with me at the window” on its page."
    ),
    "Run “temoin capture {id} --assist”.": _("Press “Try now with me at the window” on its page."),
    "A captcha stands before the answer: run “temoin capture {id} --assist”.": _(
        "A captcha stands before the answer: press “Try now with me at the window” on the page of the démarche."
    ),
    (
        "Look at the page in your own browser: “temoin photo {id}” photographs it there, and “temoin journal add "
        "screenshot” takes a screenshot of your own."
    ): _("Look at the page in your own browser, make a screenshot there, and add it to the journal."),
    "Visit it in your own browser, then run “temoin photo {id}”.": _(
        "Visit it in your own browser, make a screenshot there, and add it to the journal."
    ),
    "Open {url}, read them, then write terms_read = today’s date and automation in config.toml.": _(
        "Open {url}, read them, then say what they say at “Change this démarche”."
    ),
    "Add one [[procedures]] table to config.toml.": _("Add a démarche on the page “Démarches”."),
    "“temoin run” is not running.": _("Témoin does not run."),
    "“temoin run” is running (process {pid}).": _("Témoin runs (process {pid})."),
    "No attempt is planned for now: “temoin run” draws each day’s hours the evening before.": _(
        "No attempt is planned for now: when Témoin runs, it draws each day’s hours the evening before."
    ),
    "You want no message: an appointment is seen when you look, with “temoin list”.": _(
        "You want no message: an appointment is seen when you look at the page “Today”."
    ),
    "{channel}: the last message, of {when}, was not sent ({why}). Try “temoin notify test”.": _(
        "{channel}: the last message, of {when}, was not sent ({why})."
    ),
    "{channel}: nothing was sent yet. “temoin notify test” tries it.": _("{channel}: nothing was sent yet."),
    "robots.txt is read at the first attempt of each day, not by this command, which asks nothing of any site.": _(
        "robots.txt is read at the first attempt of each day, not here: nothing is asked of any site."
    ),
    "Let “temoin run” start with your session by the system's own means.": _(
        "Have whoever looks after this computer start Témoin with your session."
    ),
    "Put all démarches into one config.toml, or run “temoin service uninstall” first.": _(
        "Open the page of that Témoin first, and press there “Start it by itself no more”."
    ),
    "Write data_dir under [station] of config.toml instead.": _(
        "Have whoever looks after this computer set the folder of the evidence in the configuration."
    ),
    (
        "Run this in your own desktop session, not as another user. If it fails there too, let “temoin run” start with "
        "your session by the system's own means."
    ): _(
        "Do this in your own desktop session, not as another user. If it fails there too, have whoever looks after "
        "this computer start Témoin with your session."
    ),
    # messages
    "by e-mail, ntfy, telephone… (an Apprise address, see docs/notifications.md)": _(
        "by e-mail, ntfy, telephone… (to the address below)"
    ),
    "Write mailtos://NAME:PASSWORD@SERVER, as the Apprise manual shows (docs/notifications.md).": _(
        "Write an address like that of the example for e-mail."
    ),
    # of who writes profiles
    "Compare it with the profiles that ship with Témoin (docs/profiles.md).": _(
        "Have whoever wrote it compare it with the profiles that ship with Témoin."
    ),
    # verification and the store
    "Run `temoin verify`; nothing was changed.": _("Nothing was changed. Press “Verify all” on the page “Verify”."),
    "Run `temoin verify --deep`; nothing was changed.": _(
        "Nothing was changed. Press “Verify all” on the page “Verify”."
    ),
    "Nothing was changed now. Run `temoin verify`; bring back a backup.": _(
        "Nothing was changed now. Press “Verify all” on the page “Verify”; have a backup brought back."
    ),
    "Run `temoin verify`; bring the file back from a backup.": _(
        "Press “Verify all” on the page “Verify”; have the file brought back from a backup."
    ),
    "Nothing was changed now. Run `temoin verify`; bring the file back from a backup.": _(
        "Nothing was changed now. Press “Verify all” on the page “Verify”; have the file brought back from a backup."
    ),
    "Nothing was changed. Check the disk, run `temoin verify`, then try again.": _(
        "Nothing was changed. Check the disk, press “Verify all” on the page “Verify”, then try again."
    ),
    "Nothing was changed. Keep the folder as it is, and run “temoin verify”.": _(
        "Nothing was changed. Keep the folder as it is, and press “Verify all” on the page “Verify”."
    ),
    "`temoin list` shows the entries that there are.": _("The page “Captures” shows what there is."),
    "“temoin list” gives the numbers.": _("The page “Captures” shows what there is."),
    "Run any command that records, once; it brings the store up to date.": _(
        "Make an attempt, or add something to a journal: that brings the store up to date."
    ),
    (
        "An entry that this computer has seen in this store now stands otherwise: the register was continued in two "
        "places, or rewritten. Keep both, and compare them: “temoin verify BUNDLE --against FOLDER”."
    ): _(
        "An entry that this computer has seen in this store now stands otherwise: the register was continued in two "
        "places, or rewritten. Keep both, and have them compared."
    ),
    "Give the authority’s root certificate with --root.": _(
        "Give the authority’s root certificate on the page “Verify”."
    ),
    "the configuration names no root for it; give one with --root": _(
        "the configuration names no root for it; give one on the page “Verify”"
    ),
    (
        "{file} is not the root certificate that was given: check nothing by hand with it, or give it too with --root "
        "once its fingerprint was compared"
    ): _(
        "{file} is not the root certificate that was given: check nothing by hand with it, or give it too on the page "
        "“Verify” once its fingerprint was compared"
    ),
    (
        "{count} timestamps of “{authority}” are right in themselves; whether they are this authority’s is not "
        "checked: its root certificate came with the bundle (SHA-256 {fingerprint}). Compare that with the one that "
        "the authority publishes, then run “temoin verify BUNDLE --root FILE”"
    ): _(
        "{count} timestamps of “{authority}” are right in themselves; whether they are this authority’s is not "
        "checked: its root certificate came with the bundle (SHA-256 {fingerprint}). Compare that with the one that "
        "the authority publishes, then give the authority’s own on the page “Verify”"
    ),
    "its revision is {found}, of an older Témoin: any command that records brings it up to date": _(
        "its revision is {found}, of an older Témoin: an attempt, or a step of a journal, brings it up to date"
    ),
    "Name a file in another folder with --config.": _(
        "Have whoever looks after this computer see to the folder of the configuration."
    ),
    "Start again: you are asked whether to add to it. Or name another file with --config.": _(
        "Load the page anew: there is a configuration by now."
    ),
    "Write one with `temoin init`, or name yours with --config.": _("Begin with the first page."),
}
_PLURALS = {
    (
        "{count} planned attempt was neither made nor recorded, that of {when}: “temoin run” is off.",
        "{count} planned attempts were neither made nor recorded, the first of {when}: “temoin run” is off.",
    ): n_(
        "{count} planned attempt was neither made nor recorded, that of {when}: Témoin does not run.",
        "{count} planned attempts were neither made nor recorded, the first of {when}: Témoin does not run.",
    ),
    (
        "{count} erased file is still on the disk: the next command that records removes it",
        "{count} erased files are still on the disk: the next command that records removes them",
    ): n_(
        "{count} erased file is still on the disk: what is recorded next removes it",
        "{count} erased files are still on the disk: what is recorded next removes them",
    ),
}
WORDING: Mapping[str, str] = MappingProxyType(
    _WORDS | {here: there for forms, ours in _PLURALS.items() for here, there in zip(forms, ours, strict=True)}
)
