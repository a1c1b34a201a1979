"""What is written to the préfecture before any court: e-mail, registered letter, a date that is too far (pure)."""

from exhibits.letters import account, failures
from exhibits.letters.blocks import BEFORE_SENDING, TO_FILL, Blank, Block, Bullet, Caution, Letter, Paragraph
from exhibits.letters.matter import PERMITS, Matter
from exhibits.letters.wording import (
    between_text,
    blank,
    captures_text,
    day_text,
    given,
    many,
    plain,
    say,
)
from temoin.records import CaseKind, JournalKind, SlotResult

MAIL_ATTACHMENT = "captures_pour_le_courriel.pdf"  # at most MOST_CAPTURES, at most MOST_BYTES
LETTER_SET = "captures_pour_la_lettre.pdf"  # at most MOST_PRINTED, two a page, to be printed
MOST_PRINTED = 20  # what an envelope takes; « vingt captures d'écran » in the associations' notes
MOST_CAPTURES = 5  # attachments of an e-mail must stay light (La Cimade and Gisti, 2020)
MOST_BYTES = 3_000_000


def mail(matter: Matter) -> Letter:
    """The e-mail to the foreigners' service, with its light attachment."""
    blocks: tuple[Block, ...] = (
        Caution(
            text=say(
                f"joignez {_file_to_join(matter, MAIL_ATTACHMENT)}. Demandez un accusé de réception et une "
                "confirmation de lecture. Gardez le message envoyé et la réponse, sans limite de temps, puis "
                "ajoutez-les au journal de votre dossier, dans Témoin."
            ),
            lead=BEFORE_SENDING,
        ),
        Paragraph(
            text=given(matter.identity.prefet.courriel, "adresse électronique du service des étrangers"),
            lead="À\u00a0:",
            tight=True,
        ),
        Paragraph(text=_subject(matter), lead=say("Objet :")),
        Paragraph(text=say("Madame, Monsieur,")),
        *_request(matter),
        *_failures(matter),
        Paragraph(text=_attached(matter)),
        Paragraph(text=_wish("par retour de courriel ou par courrier")),
        Paragraph(text=say("Voici mes coordonnées :"), keep=True),
        *matter.identity_lines(),
        Paragraph(text=say("Je vous remercie de votre réponse. Je vous prie d'agréer mes salutations distinguées.")),
        Paragraph(text=matter.full_name),
    )
    return Letter(name="courriel", title=matter.titled("Courriel à la préfecture"), blocks=blocks)


def registered_letter(matter: Matter) -> Letter:
    """The same, by registered letter, with the list of what is enclosed."""
    blocks: tuple[Block, ...] = (
        Caution(
            text=say(
                f"imprimez {_file_to_join(matter, LETTER_SET)}, signez, faites une copie de l'ensemble, et envoyez-le "
                "en recommandé avec avis de réception. Gardez la copie, la preuve de dépôt et l'avis de réception, "
                "puis ajoutez-les au journal de votre dossier, dans Témoin."
            ),
            lead=BEFORE_SENDING,
        ),
        *matter.sender(),
        *matter.to_the_prefecture(),
        Paragraph(text=say("Lettre recommandée avec avis de réception"), strong=True),
        Paragraph(text=_subject(matter), lead=say("Objet :")),
        Paragraph(text=say("Madame, Monsieur,")),
        *_request(matter),
        *_failures(matter),
        *_duty(matter),
        Paragraph(text=_wish("à l'adresse ci-dessus ou par courriel")),
        Paragraph(
            text=say(
                "Si je n'obtiens pas de rendez-vous dans les quinze jours, je pourrai demander au juge des référés "
                "du tribunal administratif de l'ordonner (article L. 521-3 du code de justice administrative)."
            )
        ),
        Paragraph(text=say("Voici mes coordonnées :"), keep=True),
        *matter.identity_lines(),
        *matter.closing(),
        Paragraph(text=say("Pièces jointes :"), strong=True, keep=True),
        *_enclosed(matter),
    )
    return Letter(name="lettre_LRAR", title=matter.titled("Lettre recommandée à la préfecture"), blocks=blocks)


def _subject(matter: Matter) -> str:
    labels = " ; ".join(plain(one.label) for one in matter.facts.told)
    return say("demande de rendez-vous, {labels}", labels=labels.replace(" ; ", "\u202f; "))


def _request(matter: Matter) -> tuple[Block, ...]:
    """What is asked for, and why: known from the file, or blank."""
    held = matter.identity.titre
    found: list[Block] = [
        Paragraph(
            text=say(
                "Je demande {asked}. Texte qui m'y donne droit : {why}.",
                asked=matter.asked,
                why=matter.ground,
            )
        )
    ]
    if matter.facts.kind is CaseKind.RENEWAL or held.nature:
        found.append(
            Paragraph(
                text=say(
                    "J'ai aujourd'hui {nature}, qui expire le {day}.",
                    nature=given(held.nature, "nature de votre titre actuel"),
                    day=day_text(held.expire_le) if held.expire_le else blank("date d'expiration"),
                )
            )
        )
    return tuple(found)


def _failures(matter: Matter) -> tuple[Block, ...]:
    return (
        Paragraph(text=say("Je n'arrive pas à obtenir le rendez-vous nécessaire pour déposer ma demande.")),
        *account.attempts(matter),
        account.tool(matter),
        *account.dysfunctions(matter),
        *account.slots(matter),
        *_already(matter),
    )


def _already(matter: Matter) -> tuple[Block, ...]:
    """Earlier letters, when there are some: the préfecture is reminded of them."""
    found = matter.facts.steps_of(JournalKind.EMAIL, JournalKind.LETTER, JournalKind.VISIT)
    if not found:
        return ()
    return (
        Paragraph(text=say("J'ai déjà fait les démarches suivantes :"), keep=True),
        *(Bullet(text=account.step_text(step)) for step in found),
    )


def _file_to_join(matter: Matter, captures: str) -> str:
    """The file that goes with a letter: its captures; where no page could be photographed, the table of failures."""
    if _captures(matter):
        return f"le fichier {captures}"
    return f"le fichier de 1_A_DEPOSER dont le nom contient « {failures.TABLE_FILE} »"


def _captures(matter: Matter) -> int:
    """How many captures there are in all; 0 when no page could be photographed."""
    facts = matter.facts
    return len(facts.dysfunctions.pictured) if facts.only_failures else facts.count


def _attached(matter: Matter) -> str:
    count = _captures(matter)
    if not count:
        return say(f"Pièce jointe : {failures.table_text(matter.facts)}.")
    if count <= MOST_CAPTURES:
        return say(f"Pièce jointe : {_all_captures(matter)}.")
    return say(
        f"Je joins un fichier de {MOST_CAPTURES} captures d'écran au plus. Il en existe en tout "
        f"{count} : {_all_captures(matter)}. Je peux vous les envoyer."
    )


def _all_captures(matter: Matter) -> str:
    facts = matter.facts
    return failures.all_captures(facts) if facts.only_failures else captures_text(facts.count, facts.first, facts.last)


def _printed(matter: Matter) -> str:
    """The captures that go with the letter, and of how many they were chosen."""
    printed, count = matter.facts.printed, _captures(matter)
    if not count:
        return failures.table_text(matter.facts)
    if printed is None or printed.count >= count:
        return _all_captures(matter)
    of = failures.OF_FAILURES if matter.facts.only_failures else ""
    chosen = captures_text(printed.count, printed.first, printed.last, of=of)
    return f"{chosen}, choisies parmi {count} sur toute la période"


def _wish(how: str) -> str:
    return say(
        "Je vous demande de me donner une date de rendez-vous proche, et de me l'envoyer "
        f"{how}. Une réponse écrite, même négative, me serait utile."
    )


def _duty(matter: Matter) -> tuple[Block, ...]:
    """What the Conseil d'État says of the préfet's duty; about residence permits, and so only told for these."""
    if matter.facts.kind not in PERMITS:
        return ()
    return (
        Paragraph(
            text=say(
                "L'administration doit recevoir l'étranger qui demande un titre de séjour et enregistrer sa demande "
                "dans un délai raisonnable (Conseil d'État, avis du 1er juillet 2020, n° 436288)."
            )
        ),
    )


def _enclosed(matter: Matter) -> tuple[Block, ...]:
    mails = matter.facts.steps_of(JournalKind.EMAIL)
    found = [Bullet(text=say(f"{_printed(matter)} ;"))]
    if mails:
        word = "copie de mon courriel" if len(mails) == 1 else "copies de mes courriels"
        found.append(Bullet(text=say(f"{word} ({many(len(mails), 'courriel')}) ;")))
    found.append(
        Bullet(text=say("copie de mon passeport ou de mon titre de séjour : {blank}.", blank=blank("à joindre")))
    )
    return tuple(found)


def too_far(matter: Matter) -> Letter:
    """A date was given, too late to be of use: ask for an earlier one (CE, avis 436288)."""
    blocks: tuple[Block, ...] = (
        *_before_too_far(),
        *matter.sender(),
        *matter.to_the_prefecture(),
        Paragraph(text=say("demande d'un rendez-vous à une date plus proche"), lead=say("Objet :")),
        Paragraph(text=say("Madame, Monsieur,")),
        *_request(matter),
        *_the_date(matter),
        *_duty(matter),
        Paragraph(
            text=say(
                "Je vous demande d'avancer cette date et de me répondre par écrit. Je garde le rendez-vous déjà fixé "
                "tant que je n'en ai pas d'autre."
            )
        ),
        *matter.closing(),
    )
    return Letter(
        name="demande_apres_date_trop_lointaine",
        title=matter.titled("Demande d'une date plus proche"),
        blocks=blocks,
    )


def _before_too_far() -> tuple[Block, ...]:
    """What the law says of such a date, and what not to do."""
    return (
        Caution(
            text=say(
                "envoyez cette lettre en recommandé avec avis de réception, ou par courriel, et gardez-en la preuve. "
                "La date d'une convocation ne peut pas être attaquée devant le juge. Le refus de l'avancer peut "
                "l'être. Si l'urgence ne permet pas d'attendre ce refus, le juge des référés peut être saisi (article "
                "L. 521-3 du code de justice administrative ; Conseil d'État, avis du 1er juillet 2020, n° 436288). "
                "Parlez-en à une association ou à un avocat. N'annulez pas le rendez-vous que vous avez."
            ),
            lead=BEFORE_SENDING,
        ),
    )


def _the_date(matter: Matter) -> tuple[Block, ...]:
    """The date, the attempts before it, and lines for the reason that only the person knows."""
    facts = matter.facts
    offered = [slot for slot in facts.slots if slot.result is SlotResult.TOO_FAR]
    return (
        Paragraph(
            text=say(
                f"La date qui m'est proposée est trop lointaine. Elle m'a été donnée le {blank('date')} par "
                f"{blank('courriel, lettre, site')}. Le rendez-vous est fixé au {blank('date du rendez-vous')}."
            )
        ),
        *(Bullet(text=account.slot_text(one)) for one in offered),
        Paragraph(
            text=say(
                f"Avant cela, {many(facts.count, 'tentative')} sur le site de réservation "
                f"{account.came_to_nothing(facts, facts.count)}, {between_text(facts.first, facts.last)}."
            )
        ),
        Caution(
            text=say(
                "dites pourquoi cette date est trop tardive pour vous. N'écrivez que ce qui est vrai, et joignez la "
                "preuve."
            ),
            lead=TO_FILL,
        ),
        Blank(lines=4),
    )
