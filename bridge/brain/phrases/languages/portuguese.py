"""Portuguese, in words that are right on both sides of the Atlantic."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="pt",
    phrases={
        "looking_up": "Estou a verificar",
        "unknown": "Lamento, isso eu não sei. Respondo apenas com base nas nossas páginas de ajuda e não encontrei "
        "lá nada sobre o assunto.",
        "offer_person": "Uma pessoa pode ajudar com isto: {contact}.",
        "lead_in": "Isto é o que dizem as nossas páginas de ajuda:",
        "unsure": "Não tenho a certeza de que isto responda à sua pergunta. O mais próximo que encontrei nas nossas "
        "páginas de ajuda:",
        "greeting": "Olá! O que gostaria de saber?",
        "thanks": "De nada! Se precisar de mais alguma coisa, é só perguntar.",
        "goodbye": "Até logo, e tudo de bom!",
        "text_only": "Só consigo ler texto. Poderia escrever a sua pergunta?",
        "too_long": "A sua mensagem é demasiado longa para mim. Poderia resumi-la e enviar só o essencial?",
        "refused": "Lamento, não posso ajudar com isso aqui.",
        "apology": "Lamento, algo correu mal do nosso lado e não consigo responder agora. Por favor, tente novamente "
        "dentro de momentos.",
        "cut_short": "(Tive de parar aqui; peça-me para continuar.)",
        "start_again": "Desculpe, vou começar de novo:",
        "files_unread": "De momento só consigo ler texto e não vi o que enviou.",
        "file_kind": "Não consigo abrir o que enviou: é de um tipo que não sei ler, ou está danificado ou protegido.",
        "file_size": "O que enviou é grande demais para mim.",
        "file_number": "Enviou mais arquivos do que consigo ver de uma vez; vi apenas os primeiros.",
        "file_gone": "Não consegui obter o que enviou. Poderia enviar novamente?",
        "voice_unread": "Não consegui ouvir a sua mensagem de voz. Poderia escrever-me em vez disso?",
        "stop": "Parar",
        "stopped": "Parado.",
        "stopping": "Vou parar.",
        "nothing_to_stop": "Neste momento não há nada para parar.",
        "retry": "Tentar de novo",
        "helpful": "Útil",
        "not_helpful": "Não ajudou",
        "feedback_thanks": "Obrigado pela sua opinião.",
        "sources": "Fontes",
        "help": "Basta fazer uma pergunta. /new começa uma nova conversa, /stop para uma resposta e /human diz como "
        "falar com uma pessoa.",
        "new_conversation": "Vamos começar de novo: já não me refiro ao que foi dito antes. O que gostaria de saber?",
        "slack_help": "Pergunte-me aqui, numa mensagem direta ou mencionando-me num canal. Um tópico é uma conversa; "
        '"parar" interrompe uma resposta.',
        "command_help": "O que posso fazer aqui",
        "command_new": "Começar uma nova conversa",
        "command_stop": "Parar a resposta",
        "command_human": "Falar com uma pessoa",
        "person": "Pode falar com uma pessoa aqui: {contact}.",
        "not_now": "Lamento, não consigo responder a isto agora.",
        "handed_over": "Encaminhei o seu pedido para a nossa equipa.",
        "under_way": "O seu pedido já está com a nossa equipa.",
        "reference": "O seu número de referência:",
        "approval_pending": "Primeiro, um colega tem de aprovar isto. Já fiz o pedido, e a resposta chegará aqui.",
        "write_unclear": "Não sei ao certo se isto foi feito, por isso não tento outra vez.",
        "identity_needed": "Para isto preciso de ter a certeza de que é você. Envie-me, por favor, o endereço de "
        "e-mail ou o número de telefone que temos registado em seu nome.",
        "identity_nowhere": "Para isto preciso de ter a certeza de que é você, e aqui não o posso verificar.",
        "identity_ask": "Para ter a certeza de que é você: que endereço de e-mail ou número de telefone temos "
        "registado em seu nome?",
        "identity_sent": "Obrigado. Se o tivermos registado, um código de seis algarismos já vai a caminho. "
        "Envie-mo aqui, por favor.",
        "identity_wrong": 'Esse não é o código. Veja-o outra vez, por favor, ou escreva "novo código".',
        "identity_locked": "Errou demasiadas vezes e o código já não é válido. Para receber outro, envie-me de "
        "novo o seu e-mail ou número de telefone.",
        "identity_late": "Esse código já não é válido. Para receber outro, envie-me de novo o seu e-mail ou "
        "número de telefone.",
        "identity_too_many": "Foram pedidos tantos códigos que agora não posso enviar outro. Tente mais tarde, "
        "por favor.",
        "identity_unavailable": "Lamento, neste momento não posso enviar nem verificar um código para isso.",
        "identity_confirmed": "Obrigado, agora sei que é você.",
        "identity_stranger": "Obrigado, mas não temos esse número de telefone. Que outro número ou endereço de "
        "e-mail poderá ser?",
        "identity_left": "Está bem, ficamos por aqui. Em que mais posso ajudar?",
        "identity_contact": "Partilhar o meu número",
        "identity_mail_subject": "O seu código para {business}",
        "identity_mail": "Alguém, provavelmente você, está a falar com o assistente de {business} e pediu este código:",
        "identity_mail_ignore": "O código é válido por alguns minutos. Escreva-o só nessa conversa. Se não foi "
        "você, não precisa de fazer nada.",
        "command_verify": "Dizer quem é",
        "doing_customer": "A consultar os seus dados",
        "doing_history": "A consultar os seus pedidos anteriores",
        "doing_subscription": "A consultar o seu plano",
        "doing_order": "A consultar a encomenda",
        "doing_stock": "A verificar o que há em stock",
        "doing_return": "A preparar a devolução da encomenda",
        "doing_ticket": "A anotar isto para a nossa equipa",
        "doing_person": "A chamar uma pessoa",
        "doing_callback": "A combinar uma chamada",
        "doing_discount": "A preparar um desconto",
        "doing_settings": "A alterar as suas definições",
        "doing_slots": "A procurar horários livres",
        "doing_appointment": "A marcar a sua visita",
        "doing_plan": "A alterar o seu plano",
        "approval_done": "Boas notícias: um colega aprovou o seu pedido e está feito. A sua referência:",
        "approval_denied": "Um colega analisou o seu pedido e não o pôde aceitar; nada foi alterado. A sua referência:",
        "approval_expired": "Ninguém pôde decidir a tempo sobre o seu pedido; nada foi alterado. "
        "Pode pedir de novo. A sua referência:",
        "approval_failed": "Um colega aprovou o seu pedido, mas não foi possível executá-lo. A referência:",
        "approval_unknown": "Um colega aprovou o seu pedido, mas não sei ao certo se foi "
        "executado, e não tento duas vezes. A referência:",
        "desk_waiting": "Ainda não há ninguém livre na nossa equipa. Chamei mais uma vez; obrigado pela sua paciência.",
        "desk_callback": "Ninguém da nossa equipa pôde vir. O seu pedido fica registado e entrarão em contacto "
        "consigo; diga-me, se quiser, onde o podem contactar. Entretanto volto a responder eu.",
        "desk_joined": "Uma pessoa da nossa equipa está agora consigo.",
        "desk_returned": "Sou eu outra vez, o assistente. Posso ajudar em mais alguma coisa?",
        "desk_closed": "A nossa equipa encerrou esta conversa. Escreva quando precisar de mais alguma coisa.",
        "desk_rating": "Como correu? Basta um número de 1 (mal) a 5 (muito bem).",
        "action_unknown": "Não sei ao certo se o que ia fazer por si foi feito, e não tento duas vezes.",
        "hours": "O nosso horário: {opening_hours}.",
        "closed": "De momento não há ninguém disponível. O nosso horário: {opening_hours}.",
    },
    function_words="""
        a ainda ao aos após aqui as até cada com como da das de dela dele depois desde desta deste do dos e ela
        elas ele eles em entre então era essa esse esta estava estou está estão eu faz fazem fazer foi fui
        gostaria há isso isto já lhe lo mais mas me mesmo meu meus minha minhas muita muito na nas nesta neste
        no nos nossa nosso num numa nós o obrigada obrigado olá onde os ou para pela pelas pelo pelos pode podem
        poderia por porque porquê posso pra preciso quais qual quando quanta quantas quanto quantos que quem
        queria quero quê se ser será seu seus sobre sou sua suas são também tem tenho ter teve tinha tive tudo
        têm um uma umas uns vai você vocês vou vão
    """,
    other_words="""
        aberta aberto abrem agora ajuda ajudar alguém alterar aluguer assinatura atendente avaria banco bateria
        bicicleta bicicletas bom cadeira caixa cancelamento cancelar capacete capacetes cartão chegar chegou
        cobra cobrada cobrado cobram cobraram compra comprar comprei consegue conseguem conserta conserto
        consigo conta corrente criança custa custam custo danificado demora desconto descontos devolução
        devoluções devolver dia dias dinheiro domingo domingos encomenda encomendei endereço entrega entregam
        enviar envio erro esqueci estragada estragado estudantes falar fatura fechado fecham fim funciona
        funcionamento funcionar garantia grátis hoje hora horas horário humano impermeável impostos juros loja
        manhã minutos mudar multa mês nenhum nenhuma ninguém nota nova novo nunca não oferta onibus ontem outra
        outro pagamento pagar parcelar parcelas pedido pessoa peças pneu pneus prazo presente preço prova
        qualquer quebrada quebrado quebrou rastrear receber recebi reclamação reembolso reparação reparações
        reservar roda segunda sem semana senha serviço sim sábado sábados só tamanho tamanhos tarde tempo troca
        trocar vale veio velho vez vezes água
    """,
    letters="ãõçâêô",
    beginnings=(),
    endings=("ção", "ções", "são", "ões", "ável", "ível", "eiro", "eira", "inho", "inha", "agem", "dade", "lho", "lha"),
    greetings="olá|oi|bom dia|boa tarde|boa noite|viva",
    thanks="(?:muito )?obrigad[oa]s?|muit[oa]s? obrigad[oa]s?|valeu|perfeito|ótimo|agradeço",
    goodbyes="tchau|adeus|até (?:logo|breve|mais|amanhã|já)",
    fillers="a todos|pessoal|pela ajuda|pela sua ajuda|por tudo|mesmo|é só isso|era só isso|é tudo",
    stop="parar|para|pare|stop",
    help="ajuda",
)
