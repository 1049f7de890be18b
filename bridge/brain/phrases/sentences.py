"""Every sentence the product says by itself, with what it is for. In English; other languages translate them.

An answer's own words never stand here: they come from a model or from the knowledge base.
"""

from pydantic import BaseModel, Field

from bridge.brain.settings import Template

LABEL_CHARS_MAX = 20
"""What fits on a button everywhere."""


class Phrases(BaseModel, frozen=True, extra="forbid"):
    """The fixed sentences of one language; English unless overridden."""

    looking_up: Template = Field("Looking it up", description="Progress: the knowledge base is searched.")
    unknown: Template = Field(
        "I'm sorry, I don't know that. I answer from our own help pages only, and I found nothing about it there.",
        description="Nothing in the knowledge base answers the question.",
    )
    offer_person: Template = Field(
        "A person can help you with this: {contact}.", description="Follows wherever the assistant cannot help."
    )
    lead_in: Template = Field(
        "This is what our help pages say:", description="Stands before sentences quoted from the knowledge base."
    )
    unsure: Template = Field(
        "I'm not certain that this answers your question. The nearest I found in our help pages:",
        description="Stands before quoted sentences that fit the question only loosely; a person is offered below.",
    )
    greeting: Template = Field("Hello! What would you like to know?", description="The answer to a mere greeting.")
    thanks: Template = Field("You're welcome! Just ask if there is anything else.", description="The answer to thanks.")
    goodbye: Template = Field("Goodbye, and take care!", description="The answer to a goodbye.")
    text_only: Template = Field(
        "I can only read text. Could you put your question in words?", description="A message without any text."
    )
    too_long: Template = Field(
        "Your message is too long for me. Could you shorten it and send only what matters most?",
        description="A question with more tokens than are read.",
    )
    refused: Template = Field(
        "I'm sorry, I can't help with this one here.", description="The model declined to answer the question."
    )
    apology: Template = Field(
        "I'm sorry, something went wrong on our side and I can't answer right now. Please try again in a moment.",
        description="An answer failed.",
    )
    cut_short: Template = Field(
        "(I had to stop here; ask me to go on.)", description="Stands below an answer that grew longer than allowed."
    )
    start_again: Template = Field(
        "Sorry, let me start again:",
        description="Stands before an answer that begins again where part of another was sent and cannot be changed.",
    )
    files_unread: Template = Field(
        "I can only read text at the moment, so I have not looked at what you sent along.",
        description="Below an answer that was given without looking at the files that came with the question.",
    )
    file_kind: Template = Field(
        "I can't open what you sent: it is of a kind I can't read, damaged or protected.",
        description="A file of a kind nobody reads, or one that cannot be opened.",
    )
    file_size: Template = Field("What you sent is too large for me to read.", description="A file is too large.")
    file_number: Template = Field(
        "You sent more files than I can look at together, so I looked at the first ones only.",
        description="More files came than are read for one answer.",
    )
    file_gone: Template = Field(
        "I could not fetch what you sent. Could you send it again?", description="A file cannot be fetched."
    )
    voice_unread: Template = Field(
        "I could not listen to your voice message. Could you write to me instead?",
        description="A voice message came and nobody listens, or nothing could be understood.",
    )
    stop: Template = Field("Stop", max_length=LABEL_CHARS_MAX, description="A button: ends the answer.")
    stopped: Template = Field("Stopped.", description="Stands below an answer that was stopped.")
    stopping: Template = Field("I'm stopping.", description="The answer to a request to stop.")
    nothing_to_stop: Template = Field(
        "There is nothing to stop right now.", description="The answer to it when no answer is being given."
    )
    retry: Template = Field("Try again", max_length=LABEL_CHARS_MAX, description="A button: answers once more.")
    helpful: Template = Field("Helpful", max_length=LABEL_CHARS_MAX, description="A button: the answer helped.")
    not_helpful: Template = Field(
        "Not helpful", max_length=LABEL_CHARS_MAX, description="A button: the answer did not help."
    )
    feedback_thanks: Template = Field("Thank you for telling us.", description="After a press of one of those two.")
    sources: Template = Field(
        "Sources", max_length=LABEL_CHARS_MAX, description="Stands above the sources of an answer."
    )
    help: Template = Field(
        "Just ask me a question. /new begins a new conversation, /stop ends an answer, /human tells you how to reach a "
        "person.",
        description="What can be done here: the answer to /help.",
    )
    new_conversation: Template = Field(
        "Let's begin anew: I no longer refer to what was said before. What would you like to know?",
        description="The answer to /new.",
    )
    slack_help: Template = Field(
        'Ask me here, in a direct message, or by mentioning me in a channel. A thread is a conversation; "stop" ends '
        "an answer.",
        description="What can be done on Slack: the answer to help there.",
    )
    command_help: Template = Field("What I can do here", description="What /help does, in a menu of commands.")
    command_new: Template = Field("Begin a new conversation", description="What /new does.")
    command_stop: Template = Field("Stop the answer", description="What /stop does.")
    command_human: Template = Field("Reach a person", description="What /human does.")
    person: Template = Field("You can reach a person here: {contact}.", description="The answer to /human.")
    not_now: Template = Field(
        "I'm sorry, I can't answer this right now.", description="Nothing could answer; people are told instead."
    )
    handed_over: Template = Field("I have passed this on to our team.", description="People are told of a question.")
    under_way: Template = Field(
        "This is already with our team.", description="People were told of it before, in the same conversation."
    )
    reference: Template = Field("Your reference:", description="Stands before the number of what people were told.")
    approval_pending: Template = Field(
        "A colleague has to approve this first. I have asked for it, and you will hear here what becomes of it.",
        description="What was asked for waits for a person's approval.",
    )
    write_unclear: Template = Field(
        "I can't tell for certain whether this was done, so I am not trying it again.",
        description="Something may have been done: people find out.",
    )
    identity_needed: Template = Field(
        "For this I need to be sure that it is you. Please send me the e-mail address or the phone number that we have "
        "on file for you.",
        description="What was asked for is done only for a customer who has proven who they are.",
    )
    identity_nowhere: Template = Field(
        "For this I need to be sure that it is you, and I can't check that here.",
        description="The same where no code can be sent; a person is offered after it.",
    )
    identity_ask: Template = Field(
        "To be sure that it is you: which e-mail address or phone number do we have on file for you?",
        description="Asks whoever wants to prove who they are, before anything has needed it.",
    )
    identity_sent: Template = Field(
        "Thank you. If we have that on file, a code with six digits is on its way there. Please send me the code here.",
        description="A code was asked for; the same whether the address is on file or not.",
    )
    identity_wrong: Template = Field(
        'That is not the code. Please have another look at it, or write "resend" for a new one.',
        description="A wrong code.",
    )
    identity_locked: Template = Field(
        "That was wrong too often, so the code is no longer good. For a new one, please send me your e-mail "
        "address or phone number again.",
        description="Too many wrong codes.",
    )
    identity_late: Template = Field(
        "That code is no longer good. For a new one, please send me your e-mail address or phone number again.",
        description="A code that came too late, or twice.",
    )
    identity_too_many: Template = Field(
        "So many codes were asked for that I can't send another one now. Please try again later.",
        description="A limit of codes is used up.",
    )
    identity_unavailable: Template = Field(
        "I'm sorry, I can't send or check a code for that at the moment.",
        description="Codes cannot be sent there, or cannot be checked now; a person is offered after it.",
    )
    identity_confirmed: Template = Field(
        "Thank you, now I know that it is you.",
        description="The code was right.",
    )
    identity_stranger: Template = Field(
        "Thank you, but we don't have that phone number on file. Which other phone number or e-mail address "
        "could it be?",
        description="The channel vouches for a phone number that is no customer's.",
    )
    identity_left: Template = Field(
        "All right, we leave that. What else can I do for you?",
        description="The customer does not want to prove who they are.",
    )
    identity_contact: Template = Field(
        "Share my phone number",
        description="A button that shares the customer's phone number, where the channel has one.",
    )
    identity_mail_subject: Template = Field(
        "Your code for {business}",
        description="Subject of the e-mail with the code.",
    )
    identity_mail: Template = Field(
        "Somebody, most likely you, is talking to {business}'s assistant and has asked for this code:",
        description="Stands above the code in that e-mail.",
    )
    identity_mail_ignore: Template = Field(
        "The code is good for a few minutes. Enter it only in that conversation. If it was not you, you need not "
        "do anything.",
        description="Stands below the code.",
    )
    command_verify: Template = Field(
        "Tell me who you are",
        description="What /verify does.",
    )
    doing_customer: Template = Field(
        "Looking up your details",
        description="Progress: the customer's own record is read.",
    )
    doing_history: Template = Field(
        "Looking through your earlier orders",
        description="Progress: what happened before is read.",
    )
    doing_subscription: Template = Field(
        "Looking up your plan",
        description="Progress: the customer's plans are read.",
    )
    doing_order: Template = Field(
        "Looking up order",
        description="Progress: an order is looked up; its number follows.",
    )
    doing_stock: Template = Field(
        "Checking what is in stock",
        description="Progress: stock is looked up.",
    )
    doing_return: Template = Field(
        "Preparing the return for order",
        description="Progress: a return is started or asked for; the order's number follows.",
    )
    doing_ticket: Template = Field(
        "Writing this down for our team",
        description="Progress: a ticket is opened.",
    )
    doing_person: Template = Field(
        "Calling a person",
        description="Progress: a person is called.",
    )
    doing_callback: Template = Field(
        "Arranging a call",
        description="Progress: a call is arranged.",
    )
    doing_discount: Template = Field(
        "Preparing a discount",
        description="Progress: a discount is given or asked for.",
    )
    doing_settings: Template = Field(
        "Changing your settings",
        description="Progress: something in the account is changed.",
    )
    doing_slots: Template = Field(
        "Looking for free times",
        description="Progress: free times are looked up.",
    )
    doing_appointment: Template = Field(
        "Booking your appointment",
        description="Progress: an appointment is booked.",
    )
    doing_plan: Template = Field(
        "Changing your plan",
        description="Progress: a plan is changed, or that is asked for.",
    )
    approval_done: Template = Field(
        "Good news: a colleague approved your request, and it is done. Your reference:",
        description="What somebody had to approve was approved and done; its reference follows.",
    )
    approval_denied: Template = Field(
        "A colleague looked at your request and could not agree to it, so nothing was done. Your reference:",
        description="Somebody decided against it; its reference follows.",
    )
    approval_expired: Template = Field(
        "Nobody could decide about your request in time, so nothing was done. You are welcome to "
        "ask again. Your reference:",
        description="Nobody decided in time; its reference follows.",
    )
    approval_failed: Template = Field(
        "A colleague approved your request, but it could not be carried out. Its reference:",
        description="It was approved and could not be done; its reference follows.",
    )
    approval_unknown: Template = Field(
        "A colleague approved your request, but I cannot tell whether it went through, and I do "
        "not try it twice. Its reference:",
        description="It was approved, and nobody knows whether it was done; its reference follows.",
    )
    desk_waiting: Template = Field(
        "Nobody from our team is free yet. I have called them once more; thank you for your patience.",
        description="Nobody at the desk has taken the conversation for some time.",
    )
    desk_callback: Template = Field(
        "Nobody from our team could come. Your request is kept, and they will get back to you; tell me where they can "
        "reach you, if you like. Meanwhile I answer again.",
        description="Nobody has come for longer: a callback is offered, and the assistant answers again.",
    )
    desk_joined: Template = Field(
        "A colleague from our team is with you now.", description="Somebody at the desk has taken the conversation."
    )
    desk_returned: Template = Field(
        "It is me again, the assistant. Is there anything else?",
        description="The desk has handed the conversation back.",
    )
    desk_closed: Template = Field(
        "Our team has closed this conversation. Just write when you need anything else.",
        description="The desk has closed the conversation.",
    )
    desk_rating: Template = Field(
        "How was it? A number from 1 (bad) to 5 (very good) is enough.",
        description="Asks how a conversation with people was.",
    )
    action_unknown: Template = Field(
        "I cannot tell whether what I wanted to do for you went through, and I do not try it twice.",
        description="Something was interrupted while it was done; people are told below.",
    )
    hours: Template = Field("Our hours: {opening_hours}.", description="When people can be reached.")
    closed: Template = Field(
        "Nobody is there at the moment. Our hours: {opening_hours}.", description="The same, while nobody is there."
    )
