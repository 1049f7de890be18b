"""English. Its sentences are the defaults of `Phrases`."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="en",
    function_words="""
        a about an and any are at be but by can could do does for from get had has have hello how i if in is it
        long many me much my of on or our please should thanks that the there this to was we what when where
        which who why will with would you your
    """,
    other_words="""
        account address again against all already also am another anyone anything appointment arrive arrived
        available back because been before being between book bought box brake broken buy cancel cancelled card
        change charge charged cheaper check child children closed collect come cost costs couldn't customer
        damaged date day days deliver delivered delivery details did didn't discount doesn't don't done down
        each early else enough error even ever every everything exchange faulty find first fix fixed forgot
        forgotten friday full gave gets getting gift give given go goes going gone got happens having help here
        human into invoice isn't it's just keep know last late later left let like look lost made make makes may
        mine missing monday money month months more most must need needs never new next no none not nothing now
        number off offer old once one only open opening order ordered orders other out over paid parcel parts
        password pay payment people person phone pick price problem put question quote rain received refund
        refunded rent repair repairs replace replacement return returned returns ride road said same saturday
        saturdays say see seen send sent ship shipping show shows since size some someone something soon speak
        started starts still stolen stop store student students such sunday sundays sure take takes talk tell
        tells than thank that's their them then these they thing think those though thursday time times today
        tomorrow too took tried try trying tuesday tyre tyres under until up us use used very voucher waiting
        want wanted warranty waterproof wednesday week weeks well went were weren't what's wheel where's while
        within without won't work working works worth wouldn't write wrong year years yes yesterday yet you're
        yourself
    """,
    endings=("ing", "ings", "ould", "ness", "ght", "ghts", "tion"),
    greetings="hi+|hiya|hey|hello|howdy|good (?:morning|afternoon|evening|day)",
    thanks="thanks?|thank you|thx|ty|cheers|many thanks|great|perfect",
    goodbyes="bye|goodbye|bye bye|see you",
    fillers="there|all|everyone|so much|very much|a lot|again|for your help|for the help"
    "|that s all|that is all|that was all|that s it|that helps",
    stop="stop",
    help="help",
)
