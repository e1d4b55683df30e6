// The passwords that guessers try first. A new password is refused if it is one of these, and for no cleverer reason.

enum CommonPasswords {
  /// Compared whole, after case folding.
  static func contains(_ password: String) -> Bool {
    let key = Text.foldedKey(password)
    return words.contains { $0 == key }
  }

  /// Folded already; shorter ones than a password may be are left out, since those are refused anyway. Not kept: it is seldom asked
  /// for.
  static var folded: [String] { words.map(String.init) }

  private static var words: [Substring] { list.split(whereSeparator: \.isWhitespace) }

  private static let list = #"""
    !@#$%^&* !@#$%^&*() !qaz2wsx ******** ........ 00000000 000000000 0000000000 01234567 012345678 0123456789 0987654321
    0p9o8i7u 10101010 10203040 102030405060 1029384756 11111111 111111111 1111111111 11112222 11223344 1122334455 112233445566
    12121212 123123123 123321123 12341234 12344321 1234554321 12345678 123456781 123456788 123456789 1234567890 1234567891
    12345678910 1234567899 123456789a 123456789q 123456789z 12345679 123456aa 123456abc 123456qwerty 12345abc 12345abcd
    12345qwe 12345qwert 1234abcd 1234qwer 123654789 123abc123 123qwe123 123qweasd 123qweasdzxc 12qwaszx 13131313 147258369
    147852369 159357159 159753456 1a2b3c4d 1a2b3c4d5e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz!qaz 1qaz1qaz 1qaz2wsx 1qaz2wsx3edc
    1qaz@wsx 1qazxsw2 1qw23er4 20202020 22222222 23232323 321654987 33333333 44444444 456789123 52013145 5201314520 5201314a
    55555555 5t4r3e2w1q 66666666 69696969 741852963 77777777 789456123 87654321 88888888 888888888 963852741 98765432
    987654321 9876543210 99999999 999999999 a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 a1s2d3f4 a1s2d3f4g5 aa123456
    aa12345678 aaa11111 aaaa1111 aaaa1234 aaaaaaaa aaaaaaaaaa aabbccdd abc12345 abc123456 abc123abc abc@1234 abc@12345
    abc@123456 abcabc123 abcd123! abcd1234 abcd12345 abcd@123 abcd@1234 abcde123 abcde12345 abcdef123 abcdefg1 abcdefg123
    abcdefgh abcdefghi abdullah abracadabra access123 access14 admin111 admin123 admin123! admin1234 admin12345 admin123456
    admin2020 admin2024 admin2025 admin2026 admin666 admin888 admin@123 admin@1234 admin_123 adminadmin administrador
    administrateur administrator administrator1 adminpass ahmed123 alejandra alejandro alexander alexander1 alexandra
    alexandre alexandru ali12345 allahuakbar alskdjfhg amanda12 amanda123 america1 american american1 andrea123 andrew123
    android1 angel123 angelica angelina angels123 anthony1 antonio1 anything apple123 argentina argentina1 arsenal1 arsenal12
    arsenal123 arsenalfc as123456 asd12345 asd123456 asd123asd asdasdasd asdf1234 asdf12345 asdfasdf asdfgh123 asdfghjk
    asdfghjkl asdfghjkl123 asdfghjkl; asdfjkl; asdqwe123 ashley12 ashley123 asshole1 asshole123 australia australia1 autumn123
    autumn2024 autumn2025 autumn2026 azerty12 azerty123 azertyui azertyuiop babyboy1 babygirl babygirl1 babygirl12 babygirl123
    babylove backup123 bailey12 bailey123 banana12 banana123 bangladesh barbie123 barcelona barcelona1 bartsimpson baseball
    baseball1 baseball12 baseball123 basketball basketball1 batman12 batman123 batmanbatman bayern123 bbbbbbbb beatles1
    beautiful beautiful1 bella123 benjamin benjamin1 benvenuto besiktas bestfriend beyonce1 bienvenido bienvenue birthday
    birthday1 bismillah bismillah1 bismillah123 biteme12 biteme123 black123 blackberry blackbird blackcat blackhawk blackjack
    blacklabel blahblah blahblah1 blessed1 blessed123 blink182 blink1821 blizzard blueberry bluebird blueeyes blueeyes1
    bluesky1 brandon1 brasil123 brazil123 brittany broadband broncos1 brooklyn brooklyn1 brother1 bubblegum buckeyes buckeyes1
    bulldog1 bulldogs bullshit bullshit1 business buster12 buster123 butterfly butterfly1 butterfly12 butterfly123 cadillac
    california california1 canada123 captain1 carolina caroline cashier1 cashier123 cccccccc celtic123 celtic1888 champion
    champion1 champions changeit changeme changeme! changeme1 changeme123 charizard charlie1 charlie12 charlie123 charlotte
    cheese123 cheesecake chelsea1 chelsea123 chelseafc cherries chevelle chevrolet chicago1 chicago123 chicken1 chicken123
    chocolate chocolate1 christ123 christian christian1 christina christine christmas christmas1 christopher cinderella
    cisco123 coffee123 colombia company1 company123 computer computer1 computer12 computer123 contrasena contrasena1
    contraseña cookie123 cookies1 cooper12 corinthians correct-horse-battery-staple correcthorsebatterystaple corvette
    corvette1 counterstrike courtney cowboys! cowboys1 cowboys123 cristiano cristiano7 cristina crusader crystal1 cupcake1
    daddy123 daddysgirl daisy123 dancer123 dancing1 daniel12 daniel123 danielle danielle1 darkness darkness1 database davidson
    dddddddd december december1 default1 default12 default123 defaultpassword demo1234 demodemo deutschland diamond1 diamonds
    disney123 disneyland dolphin1 dolphins dontknow dortmund dragon12 dragon123 dragonball dragonball1 dragonfly dragons1
    drowssap drummer1 eagles123 eduardo1 edwardcullen elephant elizabeth elizabeth1 emerald1 eminem12 eminem123 england1
    ericsson espana123 everton1 explorer facebook facebook1 facebook123 faith123 falcon12 fall2024 fall2025 family01 family12
    family123 familyguy february fenerbahce fernando ferrari1 ferrari123 ffffffff flamengo florida1 football football1
    football12 football123 footballer forever1 forever21 forgetit forgotten fortnite fortnite1 fortnite123 france98 francesco
    francisco friday123 friday13 friends1 friends123 friendship fucker123 fuckfuck fuckoff1 fuckyou! fuckyou1 fuckyou12
    fuckyou123 fuckyou2 fuckyou69 gabriel1 gabriela gabriella galatasaray gandalf1 ganesha1 garfield garfield1 gators12
    germany1 germany123 ginger12 ginger123 giovanni gladiator godbless godfather godisgood godislove goldfish goodbye1
    goodluck goodluck1 goodmorning google12 google123 gorgeous grandma1 green123 greenday greenday1 grocery1 gryffindor
    guest123 guest1234 guestguest guitar12 guitar123 guitarist hallelujah halloween halloween1 halo1234 hamza123 handsome
    hannah12 hannah123 hannahmontana hanuman1 happiness happy123 happy2020 happybirthday happyday harley12 harleydavidson
    harrypotter harrypotter1 haslo123 heather1 heavenly hello123 hello123! hello1234 hello12345 hellohello hellokitty
    hellokitty1 helloworld helloworld1 helloyou helpdesk hercules heslo123 hockey123 hogwarts homer123 honey123 hurricane
    ichliebedich idontknow iforgot1 iforgotit ihatepasswords ihateyou ihateyou1 ilovecats ilovegod ilovehim ilovejesus
    iloveme1 iloveme2 ilovemom ilovemydog ilovemykids iloveu12 iloveu123 iloveyou iloveyou! iloveyou1 iloveyou12 iloveyou123
    iloveyou2 iloveyou22 iloveyou3 imissyou india123 india@123 indonesia indonesia1 infinity infinity1 inshallah instagram
    instagram1 internet internet1 inventory inventory1 iphone12 iphone13 ireland1 ironmaiden ironman1 ironman123 isabella
    isabella1 istanbul istanbul34 jaishriram january1 jennifer jennifer1 jessica1 jessica12 jesus123 jesus777 jesuschrist
    jesusislord jesuslove jetaime1 jetaimes jonathan jonathan1 jordan12 jordan123 jordan23 joshua12 joshua123 juniper1
    justinbieber justinbieber1 juventus juventus1 juventus123 kali1234 katherine kawasaki killer12 killer123 kimberly kitty123
    kkkkkkkk knockknock krishna1 ladybug1 lakers08 lakers123 lakers24 lamborghini lauren12 legend123 leonardo letmein!
    letmein1 letmein12 letmein123 letmein1234 letmein2 letmeinn letmeinnow letmeinplease lightning linkedin linkedin1
    linkinpark linux123 liverpool liverpool1 liverpool123 liverpoolfc lkjhgfdsa llllllll localhost login123 login1234 lollipop
    lollipop1 london123 lordoftherings lovebug1 loveforever lovelife lovelove lovely12 lovely123 loveme12 loveme123 loveyou1
    loveyou2 lucky123 lucky1234 lucky777 lucky7777 macintosh madison1 maggie12 maggie123 malaysia manager1 manager123
    manchester manchester1 manunited manutd123 margaret market123 marseille marshmallow master01 master12 master123 masterkey
    matrix123 matthew1 matthew12 maverick maverick1 max12345 maximilian melissa1 melissa12 mercedes mercedes1 merrychristmas
    messi123 metallica metallica1 mexico123 michael1 michael12 michael123 michaeljackson michelle michelle1 mickey123
    mickeymouse microsoft microsoft1 midnight midnight1 minecraft minecraft1 minecraft123 minnie12 misspiggy missyou1 mmmmmmmm
    mnbvcxz1 mnbvcxzlkj mohamed1 mohammed mommy123 monday123 monkey01 monkey12 monkey123 monkeys1 monster1 monster12
    monster123 monsters moonlight moonlight1 moscow123 motdepasse mother123 motorcycle motorola mountain mountain1 muhammad
    music123 musiclover musicman mustang1 mustang123 mydaddy1 mypass123 mypassword mypassword1 myshop123 mysql123 mystore1
    naruto12 naruto123 naruto1234 natalie1 nathalie network1 newcastle newpass123 newpassword newyork1 newyork123 newyorkcity
    nicholas nicholas1 nicole12 nicole123 nigeria1 ninja123 nintendo nintendo1 nirvana1 nnnnnnnn nopass123 nopassword nothing1
    nothing123 november october1 office123 oliver12 oliver123 omsairam onedirection onedirection1 onepiece onepiece1 openopen
    opensesame oracle123 orange12 orange123 owner123 owner1234 p0o9i8u7 p4ssw0rd p@$$w0rd p@$$word p@ssw0rd p@ssw0rd!
    p@ssw0rd1 p@ssw0rd123 p@ssword p@ssword1 pa$$w0rd pa$$word pa55w0rd pa55word packers1 pakistan pakistan1 pakistan123
    palmeiras panther1 panthers paradise paradise1 parola123 pass.word pass1234 pass12345 pass123456 pass@123 pass@word1
    passpass passpass1 passphrase passport passw0rd passw0rd! passw0rd1 passw0rd123 passwd123 password password! password-1
    password0 password01 password1 password1! password10 password11 password12 password123 password123! password1234
    password12345 password13 password2 password2020 password2021 password2022 password2023 password2024 password2025
    password2026 password21 password22 password3 password4 password5 password6 password69 password7 password8 password9
    password99 password? password@1 password@123 password_1 passwords passwort passwort1 passwort123 patricia patrick1
    patriots peanut12 peanut123 pepper12 pepper123 pharmacy pharmacy1 philippines phoenix1 phoenix123 pikachu1 pineapple
    pinkfloyd platinum playstation poiuytrewq pokemon1 pokemon12 pokemon123 porsche1 porsche911 portugal portugal1 postgres
    postgres1 postgres123 pppppppp precious precious1 predator predator1 princesa princess princess! princess1 princess12
    princess123 princesse pumpkin1 purple12 purple123 purple123! q123456789 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q2w3e4r5
    qazwsx123 qazwsxedc qazwsxedcrfv qazxswedc qpwoeiruty qq123456 qqqqqqqq qqqqqqqqqq qwaszx12 qwaszx123 qwe123qwe qweasd123
    qweasdzxc qweqweqwe qwer1234 qwer12345 qwerasdf qwerasdfzxcv qwerqwer qwert123 qwert1234 qwert12345 qwerty00 qwerty01
    qwerty1! qwerty11 qwerty12 qwerty123 qwerty123! qwerty1234 qwerty12345 qwerty123456 qwerty77 qwerty99 qwerty_123
    qwertyqwerty qwertyui qwertyuio qwertyuiop qwertyuiop123 qwertz123 qwertzui qwertzuiop rainbow1 rainbow12 rainbow123
    rainbows rangers1 raspberry realmadrid realmadrid1 rebecca1 redbull1 redsox04 redwings register1 retail123 richard1
    rihanna1 robert123 roblox123 rockandroll rocknroll rockstar rockstar1 rocky123 ronaldo1 ronaldo7 root1234 root12345
    rootroot rottweiler router123 saibaba1 salasana sales123 sales1234 samantha samantha1 samsung01 samsung1 samsung12
    samsung123 samsung1234 sasuke123 savannah schalke04 scooby12 scoobydoo scoobydoo1 scorpion scorpion1 scotland sebastian
    sebastian1 secret1! secret12 secret123 secretpassword securepassword security security1 selenagomez senha123 senha1234
    september server123 service1 services shadow01 shadow12 shadow123 shakira1 shelflife shelflife1 shelflife123 shithead
    shop1234 shop12345 silver12 silver123 silverado simpsons singapore singapore1 sister123 skateboard skater12 slipknot
    slipknot1 smokey12 snoopy12 snoopy123 snowball snowboard snowboard1 snowflake soccer12 soccer123 softball softball1
    something something1 sophie123 southpark sparky12 spartan1 spartan117 spartans speedway spiderman spiderman1 spongebob
    spongebob1 spongebob123 spring123 spring2024 spring2025 spring2026 ssssssss starcraft stardust starlight startrek
    startrek1 starwars starwars1 starwars123 steelers steelers1 stephanie stephen1 stock123 store123 store1234 strawberry
    summer01 summer12 summer123 summer20 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 summer2026
    sunday123 sunflower sunflower1 sunset123 sunshine sunshine1 sunshine12 sunshine123 superadmin superman superman1
    superman12 superman123 supersecret superuser support1 support123 sweetheart sweetie1 sweetpea sysadmin teamo123 teamomucho
    temp1234 temp12345 temporary temporary1 temppass tequiero test1234 test12345 test123456 tester123 testing1 testing123
    testpass testtest testuser thebeatles thepassword thisisapassword thisismypassword thomas123 thunder1 thunder123 tiffany1
    tigger12 tigger123 tinkerbel tinkerbell tinkerbell1 toor1234 topsecret tottenham toyota123 trustgod trustme1 trustme123
    trustno1 tucker12 turkiye1 twilight twilight1 twitter1 twitter123 ubuntu123 ukraine1 universe user1234 user12345 username
    username1 userpass valentina vampire1 vanessa1 veronica victoria victoria1 volkswagen volleyball wachtwoord wachtwoord1
    wang1234 warcraft warcraft1 warriors watermelon welcome! welcome01 welcome1 welcome1! welcome12 welcome123 welcome1234
    welcome2 welcome2024 welcome2025 welcome2026 welcome@123 welcomeback whatever whatever1 whatever123 whatsup1 whitecat
    whocares william1 willkommen windows1 windows10 winter12 winter123 winter2020 winter2021 winter2022 winter2023 winter2024
    winter2025 winter2026 wireless wireless1 woaini123 woaini1314 woaini520 wolverine worldofwarcraft wrestling wwwwwwww
    xxxxxxxx xxxxxxxxx yamaha123 yankees1 yankees123 yellow12 yellow123 youtube1 youtube123 z1x2c3v4 z1x2c3v4b5 zaq12wsx
    zaq1xsw2 zaq1zaq1 zxc12345 zxc123456 zxcasdqwe zxcasdqwe123 zxcv1234 zxcvbn123 zxcvbnm, zxcvbnm,./ zxcvbnm1 zxcvbnm123
    zxcvbnmm zxczxczxc zzzzzzzz
    """#
}
