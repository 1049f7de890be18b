"""French, with the polite "vous"."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="fr",
    phrases={
        "looking_up": "Je cherche",
        "unknown": "Désolé, je ne le sais pas. Je réponds uniquement à partir de nos pages d'aide, et je n'y ai rien "
        "trouvé à ce sujet.",
        "offer_person": "Une personne peut vous aider : {contact}.",
        "lead_in": "Voici ce que disent nos pages d'aide :",
        "unsure": "Je ne suis pas certain que cela réponde à votre question. Ce que j'ai trouvé de plus proche dans "
        "nos pages d'aide :",
        "greeting": "Bonjour ! Que souhaitez-vous savoir ?",
        "thanks": "Avec plaisir ! N'hésitez pas si vous avez une autre question.",
        "goodbye": "Au revoir et bonne continuation !",
        "text_only": "Je ne peux lire que du texte. Pourriez-vous écrire votre question ?",
        "too_long": "Votre message est trop long pour moi. Pourriez-vous le résumer et n'envoyer que l'essentiel ?",
        "refused": "Désolé, je ne peux pas vous aider sur ce point ici.",
        "apology": "Désolé, un problème est survenu de notre côté et je ne peux pas répondre pour le moment. "
        "Veuillez réessayer dans un instant.",
        "cut_short": "(J'ai dû m'arrêter ici ; demandez-moi de continuer.)",
        "start_again": "Pardon, je recommence :",
        "files_unread": "Pour le moment, je ne peux lire que du texte : je n'ai pas regardé ce que vous avez envoyé.",
        "file_kind": "Je ne peux pas ouvrir ce que vous avez envoyé : c'est un format que je ne sais pas lire, ou le "
        "fichier est endommagé ou protégé.",
        "file_size": "Ce que vous avez envoyé est trop volumineux pour moi.",
        "file_number": "Vous avez envoyé plus de fichiers que je ne peux en regarder à la fois ; je n'ai regardé que "
        "les premiers.",
        "file_gone": "Je n'ai pas pu récupérer ce que vous avez envoyé. Pourriez-vous l'envoyer à nouveau ?",
        "voice_unread": "Je n'ai pas pu écouter votre message vocal. Pourriez-vous m'écrire à la place ?",
        "stop": "Arrêter",
        "stopped": "Arrêté.",
        "stopping": "Je m'arrête.",
        "nothing_to_stop": "Il n'y a rien à arrêter pour le moment.",
        "retry": "Réessayer",
        "helpful": "Utile",
        "not_helpful": "Pas utile",
        "feedback_thanks": "Merci pour votre retour.",
        "sources": "Sources",
        "help": "Posez-moi simplement une question. /new commence une nouvelle conversation, /stop arrête une "
        "réponse, /human vous dit comment joindre une personne.",
        "new_conversation": "Repartons de zéro : je ne tiens plus compte de ce qui a été dit. Que souhaitez-vous "
        "savoir ?",
        "slack_help": "Posez-moi vos questions ici, en message direct ou en me mentionnant dans un canal. Un fil est "
        "une conversation ; « stop » arrête une réponse.",
        "command_help": "Ce que je sais faire ici",
        "command_new": "Commencer une nouvelle conversation",
        "command_stop": "Arrêter la réponse",
        "command_human": "Joindre une personne",
        "person": "Vous pouvez joindre une personne ici : {contact}.",
        "not_now": "Désolé, je ne peux pas répondre à cela pour le moment.",
        "handed_over": "J'ai transmis votre demande à notre équipe.",
        "under_way": "Notre équipe a déjà reçu votre demande.",
        "reference": "Votre numéro de dossier :",
        "approval_pending": "Un collègue doit d'abord l'approuver. J'ai fait la demande, et vous aurez la réponse ici.",
        "write_unclear": "Je ne sais pas avec certitude si cela a été fait, je ne réessaie donc pas.",
        "identity_needed": "Pour cela, je dois être sûr que c'est bien vous. Envoyez-moi, s'il vous plaît, "
        "l'adresse e-mail ou le numéro de téléphone que nous avons pour vous.",
        "identity_nowhere": "Pour cela, je dois être sûr que c'est bien vous, et je ne peux pas le vérifier ici.",
        "identity_ask": "Pour être sûr que c'est bien vous, dites-moi quelle adresse e-mail ou quel numéro de "
        "téléphone nous avons pour vous.",
        "identity_sent": "Merci. Si nous avons cela dans nos dossiers, un code à six chiffres est en route. "
        "Envoyez-le-moi ici, s'il vous plaît.",
        "identity_wrong": "Ce n'est pas le code. Regardez-le encore une fois, ou écrivez « nouveau code ».",
        "identity_locked": "Il y a eu trop d'erreurs, ce code n'est plus valable. Pour en recevoir un autre, "
        "renvoyez-moi votre adresse e-mail ou votre numéro de téléphone.",
        "identity_late": "Ce code n'est plus valable. Pour en recevoir un autre, renvoyez-moi votre adresse "
        "e-mail ou votre numéro de téléphone.",
        "identity_too_many": "Trop de codes ont été demandés, je ne peux pas en envoyer d'autre pour l'instant. "
        "Réessayez plus tard, s'il vous plaît.",
        "identity_unavailable": "Je suis désolé, je ne peux pas envoyer ni vérifier de code pour cela en ce moment.",
        "identity_confirmed": "Merci, je sais maintenant que c'est bien vous.",
        "identity_stranger": "Merci, mais nous n'avons pas ce numéro de téléphone. Donnez-moi un autre numéro ou "
        "une adresse e-mail.",
        "identity_left": "Très bien, nous en restons là. Dites-moi ce que je peux faire d'autre pour vous.",
        "identity_contact": "Partager mon numéro",
        "identity_mail_subject": "Votre code pour {business}",
        "identity_mail": "Quelqu'un, sans doute vous, parle avec l'assistant de {business} et a demandé ce code.",
        "identity_mail_ignore": "Le code est valable quelques minutes. Ne le donnez que dans cette conversation. "
        "Si ce n'était pas vous, vous n'avez rien à faire.",
        "command_verify": "Dire qui vous êtes",
        "doing_customer": "Je consulte vos données",
        "doing_history": "Je consulte vos commandes passées",
        "doing_subscription": "Je consulte votre formule",
        "doing_order": "Je consulte la commande",
        "doing_stock": "Je vérifie ce qui est en stock",
        "doing_return": "Je prépare le retour de la commande",
        "doing_ticket": "Je note cela pour notre équipe",
        "doing_person": "J'appelle une personne",
        "doing_callback": "J'organise un rappel",
        "doing_discount": "Je prépare une remise",
        "doing_settings": "Je modifie vos réglages",
        "doing_slots": "Je cherche des horaires libres",
        "doing_appointment": "Je réserve votre rendez-vous",
        "doing_plan": "Je modifie votre formule",
        "approval_done": "Bonne nouvelle : un collègue a approuvé votre demande et c'est fait. Votre référence :",
        "approval_denied": "Un collègue a examiné votre demande et n'a pas pu l'accepter ; rien "
        "n'a été modifié. Votre référence :",
        "approval_expired": "Personne n'a pu décider à temps de votre demande ; rien n'a été "
        "modifié. Vous pouvez la refaire. Votre référence :",
        "approval_failed": "Un collègue a approuvé votre demande, mais elle n'a pas pu être exécutée. Sa référence :",
        "approval_unknown": "Un collègue a approuvé votre demande, mais je ne sais pas si elle a "
        "abouti, et je n'essaie pas deux fois. Sa référence :",
        "desk_waiting": "Personne de notre équipe n'est encore libre. J'ai rappelé mes collègues ; merci de votre "
        "patience.",
        "desk_callback": "Personne de notre équipe n'a pu venir. Votre demande est notée et on vous recontactera ; "
        "dites-moi, si vous le souhaitez, où vous joindre. En attendant, je réponds de nouveau.",
        "desk_joined": "Une personne de notre équipe est maintenant avec vous.",
        "desk_returned": "C'est de nouveau moi, l'assistant. Puis-je faire autre chose pour vous ?",
        "desk_closed": "Notre équipe a clos cette conversation. Écrivez-nous dès que vous avez besoin d'autre chose.",
        "desk_rating": "Comment cela s'est-il passé ? Un chiffre de 1 (mal) à 5 (très bien) suffit.",
        "action_unknown": "Je ne sais pas si ce que je voulais faire pour vous a abouti, et je n'essaie pas deux fois.",
        "hours": "Nos horaires : {opening_hours}.",
        "closed": "Il n'y a personne pour le moment. Nos horaires : {opening_hours}.",
    },
    function_words="""
        ai ait alors après as au aura aussi autre aux avais avant avec avez avoir avons bonjour car ce ceci cela
        celle celui ces cet cette chez combien comme comment dans de depuis des dois donc dont du elle elles en
        encore entre es est et eu faire fait fallait faut ici il ils je jusqu la le lequel les leur leurs lors
        lui ma mais me merci mes moi mon nos notre nous on ont ou où par parce pendant peut peuvent peux pour
        pourquoi pourrais pouvez pouvoir puis puisque qu quand que quel quelle quelles quels qui quoi sa sera
        ses si sinon son sont suis sur ta tes ton tous tout toute toutes trop très tu un une va vais vers veux
        voici voilà vos votre voudrais voulais vous y à étais était êtes être
    """,
    other_words="""
        abonnement achat acheter adresse aide ancien annuler appeler appelle arrêter bonne bris cadeau carte
        casque cassé cassée changement changer chaîne colis commande commander commandé compte courriel dimanche
        dommage déjà délai délais enfant entretien erreur essai facture fermé fonctionne fonctionner frais
        garantie gratuit gratuite guidon heure heures horaire horaires humain jamais jeudi joindre jour jours
        livraison livrer livrez lundi magasin marche mardi mauvais mercredi mieux modifier mois montant mot ne
        non nouveau oublié oui ouvert ouverts ouvrez paiement panne parler pas passer payer perdu personne pièce
        pièces plus pneu pneus prix quelqu rappel remboursement rembourser rendez rendre retard retour retourner
        reçu roue réduction réparation réparations réparer résilier samedi sans selle semaine siège souhaite
        suivi suivre taille tailles toujours trouver téléphone utiliser vendez vendredi virement vitesse vélo
        vélos ça échange échanger électrique
    """,
    letters="œèêëùûîïôâ",
    beginnings=("qu'", "d'", "l'", "j'", "n'", "c'", "s'", "m'", "jusqu'", "aujourd'"),
    endings=("eaux", "eux", "euse", "aient", "elle", "ette", "ité", "ement", "age"),
    greetings="bonjour|salut|bonsoir|coucou|allô|allo",
    thanks="merci(?: beaucoup| bien| infiniment| à vous| mille fois)?|mille mercis|parfait|génial|c est parfait|super",
    goodbyes="au revoir|à bientôt|à plus(?: tard)?|bonne (?:journée|soirée|nuit)|adieu",
    fillers="à tous|tout le monde|pour votre aide|pour tout|madame|monsieur|c est tout|ce sera tout|c était tout",
    stop="arrête|arrêter|arrêtez|stop",
    help="aide",
)
