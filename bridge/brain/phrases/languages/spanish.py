"""Spanish, with "usted"."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="es",
    phrases={
        "looking_up": "Lo estoy buscando",
        "unknown": "Lo siento, eso no lo sé. Solo respondo con nuestras páginas de ayuda y ahí no he encontrado nada.",
        "offer_person": "Una persona puede ayudarle con esto: {contact}.",
        "lead_in": "Esto dicen nuestras páginas de ayuda:",
        "unsure": "No estoy seguro de que esto responda a su pregunta. Lo más cercano en nuestras páginas de ayuda:",
        "greeting": "¡Hola! ¿Qué le gustaría saber?",
        "thanks": "¡De nada! Si necesita algo más, pregunte.",
        "goodbye": "¡Hasta pronto, que le vaya bien!",
        "text_only": "Solo puedo leer texto. ¿Podría escribir su pregunta con palabras?",
        "too_long": "Su mensaje es demasiado largo para mí. ¿Podría resumirlo y enviarme solo lo esencial?",
        "refused": "Lo siento, con esto no puedo ayudarle aquí.",
        "apology": "Lo siento, algo ha fallado por nuestra parte y ahora mismo no puedo responder. Inténtelo de "
        "nuevo en un momento.",
        "cut_short": "(He tenido que parar aquí; pídame que continúe.)",
        "start_again": "Disculpe, empiezo de nuevo:",
        "files_unread": "De momento solo puedo leer texto y no he mirado lo que ha enviado.",
        "file_kind": "No puedo abrir lo que ha enviado: es de un tipo que no sé leer, o está dañado o protegido.",
        "file_size": "Lo que ha enviado es demasiado grande para mí.",
        "file_number": "Ha enviado más archivos de los que puedo mirar a la vez; solo he mirado los primeros.",
        "file_gone": "No he podido descargar lo que ha enviado. ¿Podría enviarlo otra vez?",
        "voice_unread": "No he podido escuchar su mensaje de voz. ¿Podría escribirme en su lugar?",
        "stop": "Detener",
        "stopped": "Detenido.",
        "stopping": "Me detengo.",
        "nothing_to_stop": "Ahora mismo no hay nada que detener.",
        "retry": "Reintentar",
        "helpful": "Útil",
        "not_helpful": "No es útil",
        "feedback_thanks": "Gracias por decírnoslo.",
        "sources": "Fuentes",
        "help": "Hágame una pregunta sin más. /new empieza una conversación nueva, /stop detiene una respuesta y "
        "/human le dice cómo hablar con una persona.",
        "new_conversation": "Empecemos de nuevo: ya no me refiero a lo que se dijo antes. ¿Qué le gustaría saber?",
        "slack_help": "Pregúnteme aquí, en un mensaje directo o mencionándome en un canal. Un hilo es una "
        'conversación; "alto" detiene una respuesta.',
        "command_help": "Qué puedo hacer aquí",
        "command_new": "Empezar una conversación nueva",
        "command_stop": "Detener la respuesta",
        "command_human": "Hablar con una persona",
        "person": "Puede hablar con una persona aquí: {contact}.",
        "not_now": "Lo siento, ahora mismo no puedo responder a esto.",
        "handed_over": "He pasado su consulta a nuestro equipo.",
        "under_way": "Su consulta ya está en manos de nuestro equipo.",
        "reference": "Su número de referencia:",
        "approval_pending": "Primero tiene que aprobarlo un compañero. Ya lo he solicitado, y la respuesta le "
        "llegará aquí.",
        "write_unclear": "No sé con certeza si esto se ha hecho, así que no lo intento otra vez.",
        "identity_needed": "Para esto necesito estar seguro de que es usted. Envíeme, por favor, la dirección de "
        "correo electrónico o el número de teléfono que tenemos registrado.",
        "identity_nowhere": "Para esto necesito estar seguro de que es usted, y aquí no puedo comprobarlo.",
        "identity_ask": "Para estar seguro de que es usted, dígame qué dirección de correo electrónico o número "
        "de teléfono tenemos registrado.",
        "identity_sent": "Gracias. Si lo tenemos registrado, ya va en camino un código de seis cifras. Por "
        "favor, envíemelo aquí.",
        "identity_wrong": 'Ese no es el código. Mírelo otra vez, por favor, o escriba "nuevo código".',
        "identity_locked": "Se ha equivocado demasiadas veces y el código ya no vale. Para recibir otro, envíeme "
        "de nuevo su correo electrónico o su número de teléfono.",
        "identity_late": "Ese código ya no vale. Para recibir otro, envíeme de nuevo su correo electrónico o su "
        "número de teléfono.",
        "identity_too_many": "Se han pedido tantos códigos que ahora no puedo enviar otro. Por favor, inténtelo "
        "más tarde.",
        "identity_unavailable": "Lo siento, en este momento no puedo enviar ni comprobar un código para eso.",
        "identity_confirmed": "Gracias, ahora sé que es usted.",
        "identity_stranger": "Gracias, pero no tenemos registrado ese teléfono. Escríbame otro número o una "
        "dirección de correo electrónico.",
        "identity_left": "De acuerdo, lo dejamos. Dígame qué más puedo hacer por usted.",
        "identity_contact": "Compartir mi teléfono",
        "identity_mail_subject": "Su código para {business}",
        "identity_mail": "Alguien, seguramente usted, está hablando con el asistente de {business} y ha pedido "
        "este código:",
        "identity_mail_ignore": "El código vale unos minutos. Escríbalo solo en esa conversación. Si no ha sido "
        "usted, no tiene que hacer nada.",
        "command_verify": "Decir quién es usted",
        "doing_customer": "Consulto sus datos",
        "doing_history": "Consulto sus pedidos anteriores",
        "doing_subscription": "Consulto su plan",
        "doing_order": "Consulto el pedido",
        "doing_stock": "Compruebo qué hay en existencias",
        "doing_return": "Preparo la devolución del pedido",
        "doing_ticket": "Lo anoto para nuestro equipo",
        "doing_person": "Aviso a una persona",
        "doing_callback": "Organizo una llamada",
        "doing_discount": "Preparo un descuento",
        "doing_settings": "Cambio sus ajustes",
        "doing_slots": "Busco horas libres",
        "doing_appointment": "Reservo su cita",
        "doing_plan": "Cambio su plan",
        "approval_done": "Buenas noticias: un compañero aprobó su solicitud y ya está hecho. Su referencia:",
        "approval_denied": "Un compañero revisó su solicitud y no pudo aceptarla; no se ha "
        "cambiado nada. Su referencia:",
        "approval_expired": "Nadie pudo decidir a tiempo sobre su solicitud; no se ha cambiado "
        "nada. Puede pedirlo otra vez. Su referencia:",
        "approval_failed": "Un compañero aprobó su solicitud, pero no se pudo llevar a cabo. Su referencia:",
        "approval_unknown": "Un compañero aprobó su solicitud, pero no sé con seguridad si se "
        "llevó a cabo, y no lo intento dos veces. Su referencia:",
        "desk_waiting": "Todavía no hay nadie libre en nuestro equipo. He vuelto a avisar; gracias por su paciencia.",
        "desk_callback": "Nadie de nuestro equipo ha podido venir. Su petición queda anotada y le responderán; "
        "dígame, si quiere, dónde pueden localizarle. Mientras tanto vuelvo a responder yo.",
        "desk_joined": "Ya está con usted una persona de nuestro equipo.",
        "desk_returned": "Soy de nuevo el asistente. ¿Puedo ayudarle en algo más?",
        "desk_closed": "Nuestro equipo ha cerrado esta conversación. Escriba cuando necesite algo más.",
        "desk_rating": "¿Qué tal ha ido? Basta un número del 1 (mal) al 5 (muy bien).",
        "action_unknown": "No sé con seguridad si se hizo lo que iba a hacer por usted, y no lo intento dos veces.",
        "hours": "Nuestro horario: {opening_hours}.",
        "closed": "En este momento no hay nadie. Nuestro horario: {opening_hours}.",
    },
    function_words="""
        a al algo buenos como con cuando cuál cuándo cuánta cuánto cuántos cómo de del desde donde dónde el ella
        en es esta este esto está están gracias hasta hay hola la las le lo los me mi mis muy más nos o para
        pero por porque puede puedo que quiero qué se ser si son su sus sí tengo tiene un una y yo
    """,
    other_words="""
        abierta abierto abiertos abren accesorios aceptan además ahora alguien alquilar anillos antes aquí
        arreglar atención ayer ayuda ayudar año años batería bici bicicleta bicicletas bien buena bueno cada
        cadena caja cambiar cambio cancelar casco cerrado cierran cobrado cobraron compra comprar compré
        consulta contraseña correo costo cuenta cuesta cuestan demasiado descuento después devoluciones
        devolución devolver dice dinero dirección domingo domingos día días ellos eléctrica eléctricas eléctrico
        entonces entrega entregan enviar envían envío envíos era error eso estaba estado estoy estudiantes
        factura fue fui funciona garantía gasto gastos gratis haber hablar había hace hacen hacer han hecho hora
        horario horas hoy humano iva jueves lado les llega llegado llegar llegó llueve lluvia lunes martes
        mañana mejor mes meses mismo motor muchas mucho nada nadie necesito ninguna ninguno niño niños no
        nuestra nuestro nueva nuevo nunca oferta ofrecen olvidé otra otro pagar pago pagos paquete pedido
        pedidos pedí perdí persona pieza piezas plazo plazos podría podrían pone precio precios problema prueba
        pueden quiere quisiera quién recambios recibido recibir recibo recibí recoger reembolso regalo
        reparaciones reparación reparar reseña retraso rota roto rueda ruedas salió semana semanas servicio
        siempre sigue sillín sin sobre solo suscripción sábado sábados sólo tal talla tallas también tampoco
        tarda tarde tarjeta tarjetas tiempo tienda tienen todavía todo todos trae tras usted ustedes vale veces
        verdad vez viene viernes voy ya
    """,
    letters="ñ",
    signs="¿¡",
    endings=("ción", "ciones", "dad", "miento", "ando", "iendo", "aron", "eron", "illo", "illa", "ía", "ías", "uela"),
    greetings="hola|buenos días|buenas(?: tardes| noches)?|qué tal",
    thanks="(?:muchas |muchísimas |mil )?gracias|perfecto|genial|estupendo",
    goodbyes="adiós|hasta (?:luego|pronto|mañana)|chao",
    fillers="a todos|por su ayuda|por la ayuda|por todo|eso es todo|es todo|nada más",
    stop="para|parar|alto|detente|basta",
    help="ayuda",
)
