"""The sites' own sentences, to the letter, spelling mistakes included (booking sites' facts, §1 to §3).

Nothing here is ours: a sentence that was not recorded stands in the page that uses it, not here.
"""

MARK = "Réplique de démonstration — site simulé"  # ours: whatever is simulated says so

# EZBooking
EZ_NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
EZ_NO_CALENDAR = "Il n'y a pas calendrier disponible pour effectuer une demande de rendez-vous"
EZ_CLOSED = "Ce lien a été désactivé définitivement"
EZ_FREE = (
    "Toutes les prises de rendez-vous proposées sur ce site internet sont gratuites. "
    "Soyez très vigilants, n'acceptez aucune prise de rendez-vous en ligne payante."
)
EZ_BOX_TITLE = (
    "Cliquez la case pour accepter les conditions d'utilisation avant de continuer "
    "le processus de prise de rendez-vous."
)
EZ_BOX_LABEL = (
    "Veuillez cocher la case pour accepter les conditions d'utilisation avant de continuer "
    "le processus de prise de rendez-vous."
)
EZ_START = "Effectuer une demande de rendez-vous"
EZ_MANAGE = "Annuler, consulter et gérer mes demandes de rendez-vous"
EZ_NEXT = "Etape suivante"
EZ_CHOICES_TITLE = "Choix de la nature du rendez-vous"
EZ_CHOICES_LEGEND = "Que souhaitez-vous effectuer ?"
EZ_RESULT_TITLE = "Vérification de disponibilité"
EZ_DESCRIPTION_TITLE = "Description de la nature du rendez-vous"
EZ_WEEK_TITLE = "Choix d'une plage horaire"
EZ_FIRST_FREE = "Première plage horaire libre"
EZ_CAPTCHA_TITLE = "Contrôle de sécurité"
EZ_PERSON_TITLE = "Coordonnées personnelles"
EZ_FINISH = "Valider et terminer"

# RDV-Préfecture
RP_NONE = "Aucun créneau disponible"
RP_RETRY = "Veuillez réessayer ultérieurement."
RP_END = "Aucun créneau disponible à partir de cette date."
RP_WEEK = "Aucun créneau disponible sur cette semaine"
RP_CHOOSE = "Choisissez votre créneau"

# RDV Service Public
RSP_NONE = "Malheureusement, aucun créneau correspondant à votre recherche n'a été trouvé."
RSP_INVITATION = "Malheureusement, aucun créneau correspondant à votre invitation n'a été trouvé."
RSP_SORRY = "Toutes nos excuses pour cela."
RSP_REFERENT = "Votre référent n'a pas de créneaux disponibles."
RSP_CHOOSE = "Sélectionnez un créneau :"
RSP_CLOSED_DATE = "Date fermée à la reservation"
RSP_DOWN = "Service Indisponible - RDV Service Public"
RSP_LIMIT = "Limite d'appels API atteinte. Merci de patienter."

# eAppointment: the spelling is the site's, as two programs recorded it
EAPP_NONE = "Aucun rendez-vous n'est possible pour les motifs selectionnnés ou le créneau horaire séléctionné."
