"""English: how people write when they buy, hesitate or leave. General knowledge of sales chats; folded text, no accents."""

# ruff: noqa: E501, SIM905 (a table of alternatives reads best with one idea a line)
from __future__ import annotations

from sandbox.models.signals import Table

TABLE = Table(
    code="en",
    common=frozenset(
        """the a an is are was and you i it to of in for my me do does what how can with on at that this have
        your we be so no not yes if from they he she but just will would ok u ur im its dont there about""".split()
    ),
    levels={
        "need": {
            3: r"""(?:i|we) (?:really )?(?:need|want|must)\b|i(?:'| a)?m (?:so )?(?:sick|tired|fed up) of|(?:it|roof|tank|boiler|car|screen) (?:is )?(?:leak|broke)|leaking|
            |(?:is|are|was) (?:broken|leaking|killing|ruined)|(?:hurts?|pain|ache|stain|emergency|urgent\w*)\b|
            |been (?:looking|searching|waiting)|(?:i(?:'| a)?m|we(?:'re| are)|am) looking for|struggling|(?:hate|hates) (?:it|the|this)|never again|in love|
            |need (?:a|an|this|it|to|your|lawyer)|for (?:my|our) (?:wedding|birthday|daughter|son|mother|mum|mom|dad|wife|husband)|want (?:it|this|a|an|the|to|her|him)\b""",
            2: r"""how much|price|quote|interested|do (?:you|u) (?:have|do|offer|still|sell|make|take)|is (?:it|this|the|that) .{0,30}(?:available|still)|
            |(?:you|u) do\b|got any|have you got|still (?:have|available)|details|looking (?:at|into)|are you free|would love|i like|love (?:your|the|it)|instead""",
            0: r"""(?:not|no longer|never) (?:really )?(?:interested|need\w*)|(?:don'?t|dont|do not|didn'?t) (?:really )?need|wrong (?:number|person|chat)|
            |we (?:offer|supply|provide|help (?:businesses|companies))|our (?:services|agency) (?:can|offer|help)|no need\b|changed (?:my|our) mind|already (?:bought|sorted|have one)""",
        },
        "budget": {
            3: r"""(?:i(?:'ve| have)?|we(?:'ve| have)?|just|already|have) (?:just )?(?:paid|transferred|sent (?:the|it|you|\W?\d)|wired)|(?:deposit|payment|transfer|money) (?:is )?(?:sent|done|paid|made|went)|
            |(?:paying|pay) (?:in full|cash|off the card|\d+ ?%|upfront|in one)|send (?:me )?(?:the |your )?(?:account|bank|payment)|
            |(?:can|could) (?:i|we) pay|budget is (?:fine|approved|ok)|money(?:'s| is) (?:not|no) (?:a |an )?(?:problem|issue)|no bank\b|
            |he'?ll (?:do|send|pay) it|how (?:do|can) (?:i|we) pay|ready to pay""",
            2: r"""(?:price|that|it|quote)(?:'s| is| seems| looks) (?:fair|fine|ok|good|reasonable|great)|fair (?:enough|price)|worth it|works for (?:me|us)|within (?:my|our|the) budget|can afford|
            |(?:split|half|instal\w+|finance|monthly|deposit|retainer)\b|not (?:much )?(?:more|too) (?:expensive|than)|(?:i|we) can (?:do|pay|manage)|reasonable|all in\b|happy with the price|one shot""",
            1: r"""(?:bit|too|so|very|quite) (?:steep|expensive|pricey|much(?! trouble)|dear)|steep|expensive|pricey|cheaper|discount|best price|last price|lower|not (?:exactly )?cheap|
            |more than (?:i|we)|over (?:my|our) budget|not made of money|quoted|(?:my|our) budget|how much (?:less|off)|lawd""",
            0: r"""(?:can'?t|cant|cannot|couldn'?t|can not) (?:really )?afford|(?:don'?t|dont|do not) have (?:the|that|this|that kind of) (?:money|cash|budget)|no (?:money|budget)\b|had \W?\d+k? in (?:my|our) head|
            |way (?:over|out of|too)|out of (?:my|our) (?:budget|range|league)|max(?:imum)? \W?\d+ and""",
        },
        "authority": {
            3: r"""(?:i(?:'ll| will)? (?:decide|make (?:the|all) decision)|my (?:own )?(?:decision|call|money|business|lump sum)|i(?:'| a)?m (?:the )?(?:owner|director|boss|founder)|i own\b|
            |(?:both|we)(?:'re| are)? (?:agreed|decided|sure)|(?:he|she|they|wife|husband|mum|mom|dad|boss|partner)(?:'s| has| have| is)? (?:agreed|approved|fine|happy|on board|said yes|ok)|
            |signed off|company account|company card)""",
            2: r"""(?:wife|husband|partner|fiance|mum|mom|mother|dad|father|son|daughter|brother|boss)\b.{0,40}(?:likes?|loves?|coming|joins?|come|says? (?:yes|get|go|ok)|pays?|paying|card|account)|
            |(?:we|us) (?:both|are|want|love|would)|bring (?:him|her|them)|copy (?:in )?my|we talked""",
            1: r"""(?:ask|check with|talk to|speak (?:to|with)|show|run (?:it|this) (?:by|past)|tell|convince|work on) (?:my|the|him|her|them|it to)|(?:he|she|they|husband|wife|dad|boss|owner|group|girls?) (?:handles?|decides?|says|said|wants|thinks|wont|will approve|finds)|
            |my (?:oga|boss|manager|landlord)\b|committee|board\b""",
            0: r"""(?:he|she|they|boss) (?:does|do|did) the signing|not (?:my|up to me|mine to)|(?:i|we) (?:can'?t|cannot) (?:decide|sign|approve)|(?:he|she|the owner|boss) said no|only (?:asking|an? (?:intern|assistant))|why would (?:he|we|they) pay""",
        },
        "timeline": {
            3: r"""asap|urgent\w*|right away|(?:need|want|come|ready|done|start|here|do it|lawyer|plumber) .{0,25}(?:today|tonight|tomorrow)|(?:today|tomorrow) (?:if|at|by|please|can)|as soon as|before the \d|by (?:the )?\d|by (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|the end)|deadline|
            |this (?:week|friday|saturday|monday|weekend)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w* \d|\d+(?:st|nd|rd|th)|\d{1,2}/\d{1,2}|need it (?:by|before|for)|otherwise my|leaves? .{0,30}(?:friday|monday)|before that""",
            2: r"""(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b|next (?:week|month)|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|
            |(?:january|february|march|april|june|july|august|september|october|november|december)\b|when (?:can|could|do|is)|soon|(?:second|first|last) week|end of (?:the )?month""",
            1: r"""after (?:the )?(?:carnival|christmas|holidays?|summer|easter|that|new year)|later (?:this|in)|next year|at some point|eventually|one day|let me (?:get through|think|see)|maybe in|we shall see|(?:we )?see in q\d""",
            0: r"""no (?:rush|hurry)|not (?:in a|any) (?:rush|hurry)|just (?:looking|browsing|curious|asking|checking)|not (?:right )?now|some ?day|years? from now|no promises""",
        },
        "commitment": {
            3: r"""(?:i(?:'ve| have)?|we(?:'ve| have)?|just|already|have) (?:just )?(?:paid|signed|transferred|booked|sent (?:the|it|you) (?:deposit|form|contract|money))|(?:deposit|payment|transfer|contract) (?:is )?(?:sent|done|paid|made|signed)|
            |consider it done|sign me up\b(?!,? will)|here(?:'s| is) the (?:receipt|proof|signed)|licen[cs]e number""",
            2: r"""see (?:you|u) (?:on |at |then|there|mon|tue|wed|thu|fri|sat|sun|tom)|book (?:me|it|us|that)|(?:let'?s|lets) (?:do it|go|book)|go ahead|send (?:me )?(?:the |your |over )?(?:contract|invoice|account|bank|link|papers|form)|
            |i(?:'ll| will) (?:take|have|be there|come|send)|we(?:'ll| will) (?:take|be there|come)|put me down|(?:wednesday|monday|tuesday|thursday|friday|saturday|sunday) (?:is )?(?:good|works|perfect|fine)|what do you need (?:to|from)|
            |how (?:do|can) (?:i|we) (?:pay|book|sign)|i(?:'ll| will) (?:do|join|pay)|yes man,? come|agreed|deal\b|where do i sign|works for me|hold it for|can the contract|he'?ll do it|lock (?:the|it|in)""",
            1: r"""(?:i(?:'ll| will)? )?(?:think|sleep) (?:about|on) (?:it|that)|let (?:you|u) know|get back to|pencil|not saying no|maybe|we(?:'ll| will| shall) see|keep\w* my fingers|will ask|i(?:'ll| will) (?:ask|try|check)|
            |let me (?:think|see|ask|check|put)|working on (?:it|him|her)""",
            0: r"""went with (?:another|someone|a different|the other)|(?:gone|going|go) with (?:another|someone|a different|the other)|not (?:going|for) (?:ahead|me|us)|no thanks?|not interested|(?:found|chose|chosen|booked) (?:another|someone|somewhere)|
            |thanks (?:anyway|for (?:the|your) (?:ideas|time|help) anyway)|decided (?:not|against)|we(?:'ll| will) pass|i(?:'ll| will) pass|cancel (?:it|my|the)|not signing|(?:nothing|never) sign""",
        },
    },
    objections={
        "price": r"""(?:bit|too|so|very|quite) (?:steep|expensive|pricey|much(?! trouble)|dear)|steep|pricey|expensive|can'?t afford|not (?:exactly )?cheap|more than (?:i|we)|over (?:my|our) budget|(?:had|was) \W?\d+k? in (?:my|our) head|
        |budget is an issue|best price|discount""",
        "competitor": r"""(?:got|have|had) (?:a )?(?:quote|price)s? (?:from|of)|(?:another|other) (?:company|guy|man|place|shop|quote|outfit|one)\b|cheaper (?:elsewhere|at|in)|quoted (?:me )?\W?\d|(?:mate|friend|neighbou?r|cousin|sister) (?:got|paid|had|did)|saying .{0,12} now|outfit\b|going with""",
        "trust": r"""(?:is|are) (?:this|you|it) (?:a )?(?:legit|real|scam|genuine)|scam\w*|(?:bad|read the) reviews?|(?:don'?t|dont) trust|let (?:me|us) down|burned (?:before|last)|guarantee|warrant\w+|real company|how do i know""",
        "timing": r"""(?:not|isn'?t) (?:a good|the right) time|after (?:the )?(?:carnival|christmas|holidays?|summer)|too (?:long|soon|late)|(?:don'?t|dont) get (?:pto|time|leave)|weeks? is (?:a )?long|when depends|permit|next year|paid (?:through|until|till)|nothing from""",
        "authority": r"""(?:ask|check with|talk to|speak (?:to|with)|convince|work on) (?:my|the|him|her|them) ?(?:wife|husband|partner|boss|mum|mom|dad|father|owner|oga)?|(?:he|she|husband|boss) (?:does|handles?|decides?) (?:the|all|that)""",
        "logistics": r"""(?:too )?far (?:away|from)|no (?:parking|way to get)|on the bus|deliver\w* (?:to|fee|charge)|can'?t (?:get|come|travel)|(?:friday|monday|wednesday)(?:s|'s| is) (?:bowls|clinic)|no stairs""",
        "product": r"""(?:does|do) (?:it|this|they) not|(?:doesn'?t|dont|don'?t|does not) (?:fit|work|have|include|cover)|too (?:dark|small|big|noisy|old)|hurt\b|noisy|quality|not what i""",
    },
    good=r"""love|lovely|great|perfect|thanks?|thank (?:you|u)|amazing|awesome|wonderful|excellent|brilliant|nice|happy|cool|good(?! (?:morning|day|evening|afternoon|night))|super|excited|best|god bless|gorgeous|can'?t wait|polite|kind\b""",
    bad=r"""(?:too |bit )?(?:expensive|steep|pricey)|hate|angry|annoy\w*|disappoint\w*|terrible|awful|worst|bad|rude|ridiculous|scam|refund|complain\w*|waiting|still nothing|sick of|never again|cry|crying|scared|worried|sorry for|shameful|stressful|upset|joke|useless|frustrat\w*|wont""",
    question=r"""(?:and |so |ok |hey |hi |hello |but |also )*(?:tell me\b|how (?:much|long|many|do|does|is|far|can)|what(?:'s| is| are| do| does| time| happens| if| about| u)\b|when (?:is|are|do|does|can|could|will|would|s)\b|where\b|who\b|which\b|do (?:you|u|i|they|we)\b|does (?:it|the|that|this|he|she)\b|
    |is (?:it|this|that|there|the)\b|are (?:you|u|they|there|we)\b|can (?:i|you|u|we|it|somebody)\b|could (?:i|you|we)\b|will (?:it|you|u|there)\b|would (?:it|you)\b|did\b|have you\b|any (?:chance|news|update)|u do\b|if .{3,60} (?:is|can|will) .{0,30}(?:refundable|possible|ok))""",
    accept=r"""(?:ok(?:ay)?|k|yes|ye|yep|yeah|yh|sure|perfect|great|sounds good|sound|done|deal|fine|go on|go for it|alright|agreed|good|works|lovely|brilliant|please do|pencil it|friday good|cool|confirmed|excellent|will do|calm)\b|[👍✅🤝👌]""",
    decline=r"""went with|(?:going|gone|go) with (?:another|someone|a different|the other)|no thanks?\b|not interested|decided (?:not|against)|(?:found|chose|booked) (?:another|someone|somewhere)|thanks (?:anyway|for the ideas anyway)|we(?:'ll| will) pass|(?:bought|got) (?:one|it) (?:elsewhere|somewhere|from)|something else came up|please stop|don'?t (?:contact|message)|maybe (?:next|another) (?:time|year)""",
    stall=r"""think (?:about|on) (?:it|that)|let (?:you|u) know|get back to (?:you|u)|we(?:'ll| will| shall) see|not (?:now|yet|today)|after (?:carnival|christmas|the holidays|that|the knee)|need (?:some )?time|maybe|no promises|one day|will ask|eventually|still nothin|in q\d""",
    offer=r"""\d{1,2}[:.]\d{2}|\d{1,2} ?(?:am|pm)|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|appointment|visit|viewing|call you|deposit|contract|invite|book|hold|retainer|invoice|details|shall i|account|licen[cs]e""",
    paid=r"""(?:payment|deposit|transfer|money) (?:received|arrived|is in|came|landed)|received(?:,| \W?\d| your| the| with| thank)|got (?:the|your) (?:payment|deposit|transfer|signed)|you(?:'re| are) (?:booked|confirmed|all set|enrolled)|see you (?:on|at|mon|tue|wed|thu|fri|sat|sun)""",
    nudge=r"""(?:can|could) (?:somebody|someone|you) (?:please )?answer|still (?:waiting|no answer|nothin)|you (?:never|didn'?t|still haven'?t) (?:answer|said|told|repl)\w*|(?:it'?s|its) up there|any (?:news|update|answer)\b|hello\?|\?\?\?|waiting for""",
)
