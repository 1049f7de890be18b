// The widget's own words, one line for each language. Everything the business or the model says comes from the server.

const LANGUAGES = ["en", "de", "es", "ar"];
const RIGHT_TO_LEFT = ["ar"];

const STRINGS = {
  open: [
    "Open chat",
    "Chat öffnen",
    "Abrir el chat",
    "فتح المحادثة",
  ],
  unread: [
    "Open chat, new messages: {n}",
    "Chat öffnen, neue Nachrichten: {n}",
    "Abrir el chat, mensajes nuevos: {n}",
    "فتح المحادثة، رسائل جديدة: {n}",
  ],
  close: [
    "Close chat",
    "Chat schließen",
    "Cerrar el chat",
    "إغلاق المحادثة",
  ],
  chat: [
    "Chat with {name}",
    "Chat mit {name}",
    "Chat con {name}",
    "محادثة مع {name}",
  ],
  us: [
    "us",
    "uns",
    "nosotros",
    "فريقنا",
  ],
  conversation: [
    "Conversation",
    "Unterhaltung",
    "Conversación",
    "المحادثة",
  ],
  assistant: [
    "AI assistant",
    "KI-Assistent",
    "Asistente de IA",
    "مساعد ذكاء اصطناعي",
  ],
  disclosure: [
    "You are chatting with an AI assistant.",
    "Sie chatten mit einem KI-Assistenten.",
    "Está hablando con un asistente de IA.",
    "أنت تتحدث مع مساعد ذكاء اصطناعي.",
  ],
  greeting: [
    "Hello! How can we help?",
    "Hallo! Wie können wir helfen?",
    "¡Hola! ¿En qué podemos ayudarle?",
    "مرحبًا! كيف يمكننا مساعدتك؟",
  ],
  suggestions: [
    "Suggested questions",
    "Vorgeschlagene Fragen",
    "Preguntas sugeridas",
    "أسئلة مقترحة",
  ],
  input: [
    "Your message",
    "Ihre Nachricht",
    "Su mensaje",
    "رسالتك",
  ],
  placeholder: [
    "Ask a question …",
    "Stellen Sie eine Frage …",
    "Haga una pregunta …",
    "اطرح سؤالًا…",
  ],
  send: [
    "Send",
    "Senden",
    "Enviar",
    "إرسال",
  ],
  stop: [
    "Stop writing",
    "Antwort anhalten",
    "Detener la respuesta",
    "إيقاف الكتابة",
  ],
  left: [
    "{n} characters left",
    "Noch {n} Zeichen",
    "Quedan {n} caracteres",
    "الأحرف المتبقية: {n}",
  ],
  over: [
    "{n} characters too many",
    "{n} Zeichen zu viel",
    "Sobran {n} caracteres",
    "أحرف زائدة: {n}",
  ],
  jump: [
    "Jump to newest",
    "Zum Neuesten",
    "Ir a lo más reciente",
    "الانتقال إلى الأحدث",
  ],
  fresh: [
    "New conversation",
    "Neue Unterhaltung",
    "Nueva conversación",
    "محادثة جديدة",
  ],
  freshQuestion: [
    "Start a new conversation?",
    "Neue Unterhaltung beginnen?",
    "¿Empezar una conversación nueva?",
    "هل تريد بدء محادثة جديدة؟",
  ],
  freshDetail: [
    "This one will no longer be shown here.",
    "Diese wird hier dann nicht mehr angezeigt.",
    "La actual dejará de mostrarse aquí.",
    "لن تظهر المحادثة الحالية هنا بعد ذلك.",
  ],
  freshYes: [
    "Start new",
    "Neu beginnen",
    "Empezar",
    "بدء محادثة",
  ],
  cancel: [
    "Cancel",
    "Abbrechen",
    "Cancelar",
    "إلغاء",
  ],
  you: [
    "You",
    "Sie",
    "Usted",
    "أنت",
  ],
  thinking: [
    "Thinking …",
    "Denkt nach …",
    "Pensando …",
    "جارٍ التفكير…",
  ],
  writing: [
    "Answer is being written",
    "Die Antwort wird geschrieben",
    "Se está escribiendo la respuesta",
    "تجري كتابة الإجابة",
  ],
  stopped: [
    "Stopped.",
    "Angehalten.",
    "Detenida.",
    "تم الإيقاف.",
  ],
  failed: [
    "Something went wrong, and the answer is incomplete.",
    "Etwas ist schiefgegangen, die Antwort ist unvollständig.",
    "Algo ha fallado y la respuesta está incompleta.",
    "حدث خطأ ما والإجابة غير مكتملة.",
  ],
  escalated: [
    "Passed on to our team",
    "An unser Team weitergegeben",
    "Pasada a nuestro equipo",
    "أُحيل طلبك إلى فريقنا",
  ],
  retry: [
    "Try again",
    "Erneut versuchen",
    "Intentar de nuevo",
    "إعادة المحاولة",
  ],
  copy: [
    "Copy answer",
    "Antwort kopieren",
    "Copiar la respuesta",
    "نسخ الإجابة",
  ],
  copied: [
    "Copied",
    "Kopiert",
    "Copiada",
    "تم النسخ",
  ],
  copyCode: [
    "Copy code",
    "Code kopieren",
    "Copiar el código",
    "نسخ الشيفرة",
  ],
  good: [
    "Helpful",
    "Hilfreich",
    "Útil",
    "مفيدة",
  ],
  bad: [
    "Not helpful",
    "Nicht hilfreich",
    "No es útil",
    "غير مفيدة",
  ],
  comment: [
    "What was missing or wrong? (optional)",
    "Was fehlte oder war falsch? (freiwillig)",
    "¿Qué faltaba o estaba mal? (opcional)",
    "ما الذي كان ناقصًا أو خاطئًا؟ (اختياري)",
  ],
  commentSend: [
    "Send feedback",
    "Feedback senden",
    "Enviar comentario",
    "إرسال الملاحظة",
  ],
  thanks: [
    "Thank you for your feedback.",
    "Danke für Ihr Feedback.",
    "Gracias por su opinión.",
    "شكرًا على ملاحظتك.",
  ],
  notSaved: [
    "That did not work. Please try again.",
    "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
    "No ha funcionado. Inténtelo de nuevo.",
    "لم ينجح ذلك. حاول مرة أخرى.",
  ],
  sources: [
    "Sources",
    "Quellen",
    "Fuentes",
    "المصادر",
  ],
  source: [
    "Source {n}",
    "Quelle {n}",
    "Fuente {n}",
    "المصدر {n}",
  ],
  updated: [
    "Updated {date}",
    "Stand {date}",
    "Actualizado: {date}",
    "آخر تحديث {date}",
  ],
  table: [
    "Table",
    "Tabelle",
    "Tabla",
    "جدول",
  ],
  image: [
    "Image",
    "Bild",
    "Imagen",
    "صورة",
  ],
  newTab: [
    "opens in a new tab",
    "öffnet in neuem Tab",
    "se abre en una pestaña nueva",
    "يُفتح في تبويب جديد",
  ],
  connecting: [
    "Connecting …",
    "Verbinden …",
    "Conectando …",
    "جارٍ الاتصال…",
  ],
  offline: [
    "You are offline. Your messages are kept and sent later.",
    "Sie sind offline. Ihre Nachrichten bleiben erhalten und werden später gesendet.",
    "Sin conexión. Sus mensajes se guardan y se enviarán después.",
    "أنت غير متصل. رسائلك محفوظة وستُرسل لاحقًا.",
  ],
  retrying: [
    "Reconnecting …",
    "Verbindung wird wiederhergestellt …",
    "Reconectando …",
    "جارٍ إعادة الاتصال…",
  ],
  refusedHere: [
    "The chat is not available on this page.",
    "Der Chat ist auf dieser Seite nicht verfügbar.",
    "El chat no está disponible en esta página.",
    "المحادثة غير متاحة في هذه الصفحة.",
  ],
  queued: [
    "Waiting to be sent",
    "Wartet auf Versand",
    "Pendiente de envío",
    "في انتظار الإرسال",
  ],
  sending: [
    "Sending …",
    "Wird gesendet …",
    "Enviando …",
    "جارٍ الإرسال…",
  ],
  refused: [
    "This message could not be sent.",
    "Diese Nachricht konnte nicht gesendet werden.",
    "No se pudo enviar este mensaje.",
    "تعذّر إرسال هذه الرسالة.",
  ],
  tooLong: [
    "This message is too long.",
    "Diese Nachricht ist zu lang.",
    "Este mensaje es demasiado largo.",
    "هذه الرسالة طويلة جدًا.",
  ],
  edit: [
    "Edit",
    "Bearbeiten",
    "Editar",
    "تعديل",
  ],
  from: [
    "New message from {name}",
    "Neue Nachricht von {name}",
    "Nuevo mensaje de {name}",
    "رسالة جديدة من {name}",
  ],
  person: [
    "Our team",
    "Unser Team",
    "Nuestro equipo",
    "فريقنا",
  ],
};

/** The first of the wanted languages that the widget speaks. */
function pickLanguage(...wanted) {
  return wanted.map((tag) => tag.split("-")[0].toLowerCase()).find((tag) => LANGUAGES.includes(tag)) || "en";
}

function wordsOf(language) {
  const column = LANGUAGES.indexOf(language);
  return Object.fromEntries(Object.entries(STRINGS).map(([name, said]) => [name, said[column]]));
}

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
