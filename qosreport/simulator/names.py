"""Invented names of people, organisations, departments and topics, in many scripts.

Each part of a name stands beside its spelling in an address.
"""

from typing import NamedTuple

from qosreport.simulator.dice import Dice

Part = tuple[str, str]
"""A part of a name, and its spelling in an e-mail address."""


class Culture(NamedTuple):
    """How people of one place are called."""

    given: tuple[Part, ...]
    family: tuple[Part, ...]
    family_first: bool = False


def _plain(text: str) -> tuple[Part, ...]:
    return tuple((word, word.lower().replace("'", "").replace("’", "")) for word in text.split())


def _spelt(text: str) -> tuple[Part, ...]:
    pairs = (word.partition(":") for word in text.split())
    return tuple((written, spelling) for written, _, spelling in pairs)


CULTURES = {
    "GB": Culture(
        _plain(
            "Ada Bram Cerys Dilys Ewan Farah Gethin Harriet Imran Jude Kirsty Lowri Moira Nadia "
            "Orla Perran Ruth Saoirse Tamsin Wilf Yusuf Zadie"
        ),
        _plain(
            "Ashdown Brightwell Cragg Dunmore Eastaby Fenwick Garside Hepworth Ibbotson Jessop "
            "Kettlewell Lofthouse Murgatroyd Netherwood O'Doherty Pickersgill Ramsbottom Sugden "
            "Thackray Uttley Wadsworth D’Arcy"
        ),
    ),
    "PT": Culture(
        _spelt(
            "Inês:ines João:joao Conceição:conceicao Tomé:tome Luísa:luisa Simão:simao "
            "Graça:graca Vítor:vitor Mónica:monica Amândio:amandio Leonor:leonor Duarte:duarte"
        ),
        _spelt(
            "Falcão:falcao Magalhães:magalhaes Brandão:brandao Queirós:queiros Araújo:araujo "
            "Guimarães:guimaraes Leitão:leitao Valadão:valadao Sequeira:sequeira Cabrita:cabrita"
        ),
    ),
    "CA": Culture(
        _spelt(
            "Élodie:elodie Marc-André:marc-andre Noémie:noemie Priya:priya Devon:devon Thérèse:"
            "therese Wren:wren Kelsey:kelsey Zoë:zoe Anders:anders Mei:mei Tariq:tariq Ngọc:ngoc"
        ),
        _spelt(
            "Beauséjour:beausejour Lachance:lachance MacAskill:macaskill Raman:raman "
            "Tremblay-Côté:tremblay-cote Okafor:okafor Sørensen:sorensen Nguyễn:nguyen "
            "Whitefeather:whitefeather Gagné:gagne Przybylski:przybylski Dhaliwal:dhaliwal"
        ),
    ),
    "JP": Culture(
        _spelt(
            "陽子:yoko 健太:kenta 美咲:misaki 大輔:daisuke さくら:sakura 翔:sho 由紀:yuki "
            "直樹:naoki 千尋:chihiro 修:osamu エミ:emi 隆:takashi"
        ),
        _spelt(
            "高橋:takahashi 渡辺:watanabe 小林:kobayashi 山口:yamaguchi 井上:inoue 清水:shimizu "
            "長谷川:hasegawa 藤原:fujiwara 中島:nakajima 岡田:okada"
        ),
        family_first=True,
    ),
    "KE": Culture(
        _plain(
            "Achieng Baraka Chebet Dalmas Esther Faraja Githinji Halima Imani Jelani Kamau Wanjiru"
        ),
        _plain(
            "Auma Barasa Chepkoech Gathogo Kiprono Lumumba Muthoni Ng'ang'a Odhiambo Otieno Wekesa"
        ),
    ),
    "IL": Culture(
        _spelt(
            "נועה:noa איתי:itai תמר:tamar יונתן:yonatan שירה:shira מיכל:michal עומר:omer רות:rut"
        ),
        _spelt("לוי:levi פרידמן:friedman שמעוני:shimoni ברק:barak אלון:alon דהן:dahan גולן:golan"),
    ),
}

GUEST_CULTURES = (
    Culture(_spelt("Jürgen:jurgen Anke:anke Heike:heike"), _spelt("Weißmüller:weissmuller Öl:oel")),
    Culture(_spelt("Łukasz:lukasz Zofia:zofia"), _spelt("Dąbrowski:dabrowski Żuraw:zuraw")),
    Culture(_spelt("민준:minjun 서연:seoyeon"), _spelt("박:park 최:choi"), family_first=True),
    Culture(_spelt("小明:xiaoming 丽:li"), _spelt("王:wang 欧阳:ouyang"), family_first=True),
    Culture(_spelt("يوسف:yusuf ليلى:layla أمير:amir"), _spelt("الخطيب:alkhatib منصور:mansour")),
    Culture(_spelt("Ольга:olga Пётр:pyotr"), _spelt("Кузьмина:kuzmina Щербак:shcherbak")),
    Culture(_spelt("Søren:soren Åse:ase Tor:tor"), _spelt("Åkesson:akesson Bjørnstad:bjornstad")),
    Culture(_spelt("Ximena:ximena Íñigo:inigo"), _spelt("Núñez:nunez Ibarra-Gil:ibarra")),
    Culture(_spelt("Ελένη:eleni Νίκος:nikos"), _spelt("Παππά:pappa Λιάκος:liakos")),
    Culture(_spelt("Çağla:cagla Ömer:omer"), _spelt("Öztürk:ozturk Gündoğdu:gundogdu")),
    Culture(_spelt("สมชาย:somchai มาลี:malee"), _spelt("สุขใจ:sukjai ทองดี:thongdee")),
    Culture(_spelt("Joost:joost Fleur:fleur"), _spelt("van~der~Meer:vandermeer 't~Hooft:thooft")),
)
"""People from elsewhere."""

DEPARTMENTS = (
    "Finance", "Sales", "Engineering", "Customer Care", "People", "Legal", "Research", "Logistics",
)  # fmt: skip

TOPICS = (
    "Weekly check-in", "Stand-up", "Budget review", "Design critique", "Interview", "Roadmap",
    "Customer call", "1:1", "Retrospective", "Planning", "Risk committee", "Office hours",
    "Onboarding", "Quarterly figures", "Supplier call", "Incident review", "設計レビュー",
    "Ponto de situação", "Réunion d’équipe", "ישיבת צוות", "Crew call 🚚",
    "Budget & forecast <FY27>",
)  # fmt: skip

WEBINAR_TOPICS = (
    "All hands", "Product briefing", "Town hall", "Autumn release walk-through",
    "Safety training", "Investor update", "Customer day 🎉", "新製品のご紹介",
)  # fmt: skip

SYMBOLS = ("🌻", "🚲", "👩🏽\u200d🔬", "☕", "🇯🇵")

GUEST_DOMAINS = ("quillfeather.example", "brambleworks.example", "nordlys.example", "kelp.example")


def full_name(dice: Dice, culture: Culture) -> tuple[str, str]:
    """A display name, and its spelling in an address, such as `ada.brightwell`."""
    given, family = dice.pick(culture.given), dice.pick(culture.family)
    parts = (family[0], given[0]) if culture.family_first else (given[0], family[0])
    return " ".join(parts).replace("~", " "), f"{given[1]}.{family[1]}"


def adorned(dice: Dice, name: str, department: str) -> str:
    """The name as some people set it in Zoom: with a symbol, pronouns, or very much more."""
    style = dice.random()
    if style < 0.94:
        return name
    if style < 0.965:
        return f"{name} {dice.pick(SYMBOLS)}"
    if style < 0.99:
        return f"{name} ({dice.pick(('she/her', 'he/him', 'they/them'))}) | {department}"
    rest = " and ".join(DEPARTMENTS)
    return f"{name} – acting deputy head of the transition office for {rest} (mornings only)"
