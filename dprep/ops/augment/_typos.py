"""Misspellings that dprep brings: written for it, of words and characters that are often got wrong."""

from __future__ import annotations

from functools import cache

_ENGLISH = """
absence:absense,abscence accept:acept,acccept accessible:accessable accidentally:accidently,accidentaly
accommodate:accomodate,acommodate accommodation:accomodation account:acount,acccount achieve:acheive,achive
achievement:acheivement acknowledge:acknowlege,aknowledge acquire:aquire,acquier across:accross actually:actualy,acutally
address:adress,addres advertisement:advertisment advice:advce again:agian,agin against:aginst,againts
aggressive:agressive,aggresive allowed:alowed,allowd almost:allmost,amost already:allready,alredy also:aslo,allso
although:altough,allthough always:allways,alwasy amateur:amatuer,amature among:amoung amount:ammount,amout
analysis:analisis,anaylsis annual:anual another:anohter,anothr answer:anwser,awnser,anser anyone:anyoen apology:appology
apparent:apparant,aparent apparently:apparantly,apparentley appearance:appearence,apperance
application:aplication,applicaton appreciate:apreciate,appriciate approach:aproach,apporach
appropriate:apropriate,appropiate approximately:aproximately argument:arguement,argumant around:arround,aroud arrive:arive
arrived:arived article:artical,articel asked:aksed assistance:assistence,asistance athlete:athelete
attached:attatched,atached attempt:attemp,atempt audience:audiance author:auther authority:authorty automatic:automatc
available:availible,avaliable,availabe awkward:akward,awkard balance:balence,ballance bargain:bargin
basically:basicly,basicaly battery:batery,battary beautiful:beautifull,beatiful,beutiful because:becuase,becasue,beacuse
before:befor,beofre beginning:begining,beggining behaviour:behavoir behavior:behavoir,behavor being:bieng
believe:beleive,belive benefit:benifit,benefitt between:beetween,bewteen bought:bougth breakfast:brekfast
brilliant:briliant,brillant broken:brokn brought:brougth,brougt business:buisness,busness,bussiness calendar:calander
called:caled cancelled:cancled cannot:cannnot,canot card:crad careful:carefull carefully:carefuly category:catagory
caught:cought certain:certian,certin certainly:certianly challenge:challange,chalenge change:chnage,chagne changed:chnaged
charge:chrage,charg charged:chraged cheque:chequ chief:cheif children:childern,chidren choice:choise choose:chooose
colleague:collegue,coleague column:colum,colunm coming:comming commercial:comercial commission:comission,commision
committed:commited,comitted committee:commitee,comittee communicate:comunicate,communciate company:compnay,comapny
comparison:comparision compatible:compatable complain:complian complete:complet,compleate completely:completly,completley
computer:comptuer,computor concentrate:consentrate condition:condtion confirm:confrim,comfirm connect:conect,connnect
connection:conection conscience:concience conscious:concious consider:concider,consdier contact:conatct,cotact
contain:contian continue:contine,contiune control:controll,contol convenient:convienient,convinient correct:corect,corrrect
could:coudl,culd country:coutry,contry course:cousre,corse criticism:critisism,criticsm currency:curency,currancy
current:curent,currrent currently:curently customer:custommer,cutomer damaged:damged,dammaged daughter:daugther debit:debbit
decide:deside,dicide decision:descision,decison definite:definate definitely:definately,definitly delayed:delaied
delete:delet,deleat delivered:deliverd,delievered delivery:delievery,delivary depend:dependd describe:discribe,decribe
description:discription,desciption design:desing desperate:desparate destination:destnation detail:detial,deatil
develop:develope,devlop development:developement,devlopment device:devcie difference:diffrence,differance
different:diffrent,diferent,differnt difficult:dificult,difficlt dilemma:dilema disappear:dissapear,disapear
disappointed:dissapointed,disapointed discuss:dicuss doctor:docter document:documnet,docment does:dose,dosen
doesn't:dosen't,doesnt,dosnt don't:dno't download:donwload,downlaod during:durring,duirng early:earley easily:easely,easilly
effect:efect eight:eigth either:eihter,ethier eligible:eligable eliminate:elimanate email:emial,eamil
embarrass:embarass,embarras emergency:emergancy employee:employe,emploee encourage:encorage enough:enought,enoguh
entrance:enterance environment:enviroment,enviorment equipment:equiptment,equipement error:eror,errror
especially:especialy,expecially essential:essencial every:evrey,evry everyone:everone everything:evrything
exactly:exactley,exacly exaggerate:exagerate example:exmaple,exampel excellent:excelent,exellent except:exept
exchange:exchagne excited:exicted exercise:excercise,exersise existence:existance,existense expect:exepct,expcet
expensive:expencive experience:experiance,expirience explain:explian,expain explanation:explaination,explination
extremely:extremly,extreamly familiar:familar,familier family:familly,famliy favourite:favorit,favourate
favorite:favorit,favrite feature:feture,featur february:febuary,feburary field:feild fifteen:fiveteen fifth:fith
finally:finaly,finnaly find:fnid first:frist,fisrt follow:folow,follw following:folowing,follwing foreign:foriegn,forein
forgotten:forgoten forty:fourty forward:foward found:foudn fourteen:forteen freight:frieght friday:firday
friend:freind,frend friends:freinds from:fomr,frmo fulfil:fullfil function:funtion,fucntion further:furthur future:futrue
gauge:guage general:genral,gerneral generally:generaly genius:genious getting:geting,gettting give:giev going:goign,gonig
good:godo government:goverment,governmnet grammar:grammer,gramar grateful:greatful great:graet,gerat group:gruop
guarantee:guarentee,garantee guard:gaurd guess:geuss guidance:guidence half:hafl happen:happend,hapen
happened:happend,hapened happiness:happyness happy:hapy harass:harrass have:ahve,hvae haven't:havent,havn't
having:haveing,havign health:helth,heatlh hear:haer height:heigth,hieght hello:helo,hellow help:hlep,hepl here:heer
hierarchy:heirarchy history:histroy,histry hoping:hopeing hospital:hosptial house:huose however:howver hundred:hunderd
humorous:humerous idea:idae identity:identitiy ignorance:ignorence immediate:immediat,imediate
immediately:immediatly,imediately important:importent,imporant impossible:imposible incident:incidint
including:inculding,includeing increase:incraese independent:independant,indepedent information:infomation,informaton
initial:inital instead:insted,intead insurance:insurence intelligent:inteligent,intelligant interest:intrest,interst
interesting:intresting,interseting international:internatonal internet:interent,internt interrupt:interupt invoice:invocie
irrelevant:irrelevent,irelevant isn't:isnt issue:isue,isseu jewellery:jewelery,jewlery journey:jorney just:jsut,juts
keep:kepe kitchen:kitchin knew:kenw know:konw,nkow knowledge:knowlege,knowledg language:langauge,languege large:lagre
last:lsat laugh:laguh learn:laern least:leats leave:laeve leisure:liesure length:lenght,lenth lesson:leson letter:leter
liaison:liason library:libary,liberry licence:lisence license:lisence,liscence like:liek,lkie likely:likley
literature:literture little:litle,liitle location:locaiton loneliness:lonelyness long:logn look:loko looking:lookign
loose:losse lose:loose lost:lsot lovely:lovley made:maed maintenance:maintenence,maintainance make:amke,maek making:makeing
many:mnay marriage:marrige meant:ment medicine:medecine medieval:medeval meeting:meting memory:memmory,memroy
message:messgae,mesage messages:messeges might:mihgt,migth millennium:millenium million:milion minute:minite minutes:mintues
miscellaneous:miscelaneous mischievous:mischievious misspell:mispell missing:mising mistake:mistkae,misstake mobile:moblie
moment:momment monday:mondya money:moeny,mony month:mounth,motnh months:mounths more:mroe morning:mornig,moring most:msot
mother:mohter mountain:mountian move:moev much:mcuh name:naem,nmae natural:naturel necessary:neccessary,necesary,neccesary
need:nede,ened needed:neeeded negative:negitive neighbour:neigbour,nieghbour neighbor:nieghbor,neigbor neither:niether
never:nevr,nver new:nwe next:netx,nxet niece:neice ninety:ninty ninth:nineth normal:noraml normally:normaly notice:notcie
noticeable:noticable number:nubmer,numer occasion:occassion,ocasion occasionally:occasionaly,ocassionally occur:ocur
occurred:occured,ocurred occurrence:occurence,occurance offer:ofer official:offical often:offen,oftne only:olny,onyl
open:oepn opinion:opinon opponent:oponent opportunity:oppurtunity,oportunity opposite:oposite option:opiton,otpion
order:oder,ordre ordered:orderd orders:ordres original:orignal,orginal other:ohter,otehr outside:outisde over:ovre own:onw
package:packege,pacakge page:pgae paid:payed parallel:paralel,parrallel parcel:parcle,parsel parliament:parliment
particular:particuler,paticular particularly:particularily passed:passd password:pasword,passwrod patience:patiance
payment:paymnet,payement people:peopel,poeple perfect:perfact,pefect performance:performence perhaps:perhpas,prehaps
period:peroid permanent:permanant permission:permision person:perosn personal:personel,persnal persuade:pursuade
phone:phoen,phonne physical:fysical,phisical picture:pictuer,pitcure piece:peice pieces:peices place:palce,plcae
places:palces please:plaese,pleas,plese pleasure:plesure possession:posession,possesion possible:posible,possable
potato:potatoe practical:pratical practice:pracitce prefer:perfer preferred:prefered preparation:preperation,preparetion
presence:presense pressure:presure pretty:prety previous:previuos,pervious price:prcie private:privite
privilege:privelege,priviledge probably:probaly,probabley,propably problem:probelm,porblem,problme problems:probelms
procedure:proceedure proceed:procede process:proccess,prcoess product:prodcut,produt professional:proffesional,profesional
professor:proffesor,professer profile:proflie program:progam progress:progess project:proejct pronunciation:pronounciation
proof:prooof properly:propperly property:propery prove:porve provide:proivde,provde public:pubilc publicly:publically
purchase:purchace,purchse purpose:purpuse pursue:persue quality:qualtiy,quailty quantity:quanity question:quesiton,qestion
questions:quesitons questionnaire:questionaire quick:qucik quickly:quikly,quickley quiet:queit,qiuet quite:qutie
rather:rahter reach:raech read:raed ready:reday real:rael realise:relise realize:relize really:realy,relly
reason:raeson,resaon receipt:reciept,recipt receive:recieve,receve received:recieved,recived recent:recnet
recently:recenty,recntly recognise:reconise recognize:reconize recommend:recomend,reccomend
recommended:recomended,reccommended reference:referance,refrence referred:refered refund:refudn,refnud regard:reguard
register:regsiter,registar regular:reguler relevant:relevent,revelant reliable:relyable,reliabel religious:religous
remember:rember,rememeber remove:remvoe rent:rnet repeat:repeate repetition:repitition replace:repalce
replacement:replacment reply:rpely report:reprot request:reqeust,requst required:requred research:reserch
reservation:resevation,reservaton resistance:resistence resource:resourse respond:repsond response:responce,reponse
responsibility:responsability responsible:responsable restaurant:restaraunt,resturant,restarant result:reuslt,resutl
return:retrun,reutrn returned:retruned review:reveiw,reviw rhythm:rythm,rhythym right:rigth,rihgt room:roon safety:saftey
said:siad same:smae satellite:satelite saturday:saterday,satruday save:svae says:syas schedule:shedule,scedule
school:shcool,scool science:sience,scince scissors:sissors screen:screeen,scren search:seach,serach season:seaosn
second:secound,seocnd secretary:secratary,secertary security:secuirty,securty seem:seme seize:sieze send:sned sense:sence
sensitive:sensative sent:snet sentence:sentance,sentense separate:seperate,separete separately:seperately
serious:serius,seroius service:servcie,sevice services:servcies seven:sevne several:severl,sevral shining:shineing
shipping:shiping should:shoudl,shuold shoulder:sholder show:hsow shown:shwon signature:signiture similar:similer,simular
simple:simpel since:sicne,scince sincerely:sincerly,sincerley single:singel situation:situaton,sitaution small:samll
software:sofware,softwear soldier:solider some:soem somebody:somebdoy someone:somone,soemone something:somthing,somehting
sometimes:somtimes,sometiems soon:soom sorry:sory,srory source:soruce speak:speek special:speical,speacial specific:specifc
specifically:specificaly speech:speach spelling:speling,spellling standard:standerd start:strat,satrt started:strated
state:staet statement:statment station:staton status:statsu still:stil,sitll stomach:stomache stop:sotp store:stroe
story:stroy straight:straigt strange:starnge strategy:stragety street:stret,steret strength:strenght,strengh strong:storng
student:studnet,stundent studying:studing stuff:stuf subject:subjetc succeed:suceed,succede success:succes,sucess
successful:succesful,successfull successfully:succesfully such:shuc sudden:suddden suddenly:suddenley sufficient:sufficent
suggest:sugest,suggset sunday:sundya superior:superiour supersede:supercede support:suport,supprot supposed:suposed,supossed
sure:rsue surely:surley surface:surfase surprise:suprise,surprize surprised:suprised surround:suround survey:survay
switch:swich symptom:symtom system:sysetm,systme table:talbe take:tkae,taek taken:taekn taking:takeing talk:takl
teacher:techer technical:techincal technique:technike technology:tecnology telephone:telefone,telphone television:televison
tell:tlel temperature:temperture,tempature temporary:temporery,temporay tendency:tendancy terrible:terible test:tset
thank:thnak,tahnk thanks:thansk,thakns that:taht,thta that's:thats,taht's the:teh,hte their:thier then:thne there:ther,theer
these:theese,tehse they:tehy,thye they're:theyre thing:thign,htink things:thigns think:thikn,htink third:thrid
this:thsi,tihs thorough:thurough,thorogh those:thsoe though:thoguh thought:thougt,thougth thousand:thousend,thosand
threat:threath three:thre through:throught,thru,thorugh thursday:thrusday ticket:tiket,tikcet time:tiem,tmie times:tiems
title:titel today:todya together:togather,togehter told:tol tomorrow:tommorow,tommorrow,tomorow tongue:tounge
tonight:tonigth total:totla touch:tuoch towards:torwards track:trakc trade:traed traffic:trafic train:trian
transfer:tranfer,transfere transferred:transfered,tranfered travel:trvael,travell treatment:treatmet tried:tryed
trouble:troulbe true:ture truly:truely trust:trsut trying:tring,tyring tuesday:teusday,tusday turn:trun twelfth:twelth
twelve:twleve type:tpye typical:typicle tyranny:tyrany unable:unabel under:undre understand:undrestand,undestand
unfortunately:unfortunatly,unfortunatley unique:unqiue university:univeristy,univercity unknown:unkown,unknow
unnecessary:unecessary,unneccessary until:untill,unitl unusual:unusal update:udpate,upadte upgrade:upgarde upset:uspet
usage:useage used:usde useful:usefull,usful user:usre using:useing,usign usual:usaul usually:usualy,usally
vacuum:vaccum,vacume valuable:valuble value:vlaue various:varous,varius vegetable:vegatable,vegtable
vehicle:vehical,vechicle version:verison very:vrey,veyr view:veiw village:villiage violence:violance visible:visable
visit:vist visitor:vistor voice:vocie volume:volumn wait:wiat waiting:wating,waitting want:wnat,watn wanted:wnated
wants:wnats was:wsa wasn't:wasnt watch:wathc,wacth water:watre way:wya weather:wether,weahter website:webiste,websit
wednesday:wensday,wednsday week:weke weekend:weeknd weeks:weesk weight:wieght weird:wierd welcome:wellcome,welcom well:wlel
were:wrer western:westren what:waht,hwat what's:whats when:wehn,hwen where:wheer,whree whether:wheather,wether
which:wich,whcih while:whiel,wihle white:whtie who:hwo whole:whoel why:hwy will:wlil,wil window:windwo winter:wintre
wish:wihs with:wiht,wtih within:withing without:whitout,witout woman:womam women:wemen wonderful:wonderfull word:wrod
work:wokr,owrk worked:wokred working:workign,wroking world:wrold worried:woried worry:wory would:woudl,wuold
wouldn't:wouldnt write:wirte,wriet writing:writting,writeing written:writen wrong:worng,wrogn year:yaer,yera years:yaers
yellow:yelow yes:yse yesterday:yesturday,yeterday yet:yte yield:yeild you:yuo,yoi young:yougn your:yoru,yuor you're:youre
yourself:yoursefl
"""
"""What is right, a colon, and how it is misspelt. Also letters that fingers swap."""

_CHINESE = """
在:再 再:在 做:作 作:做 的:得,地 得:的,地 地:的,得 他:她,它 她:他 它:他 哪:那 那:哪 像:象,向,想 象:像 向:像 以:已 已:以
即:既 既:即 和:合 合:和 候:侯 吗:嘛,么 嘛:吗 吧:把 把:吧 呢:哪 啊:阿 带:戴 戴:带 坐:座 座:坐 须:需 需:须,许 园:圆 圆:园
账:帐 帐:账 刻:克 克:刻 份:分 分:份 反:返 返:反 副:幅 幅:副 付:负 负:付 复:覆 工:功 功:工 公:工 古:固 故:固 固:故 过:国
后:候 划:画 画:划 欢:换 换:欢 会:回 回:会 及:急 急:及 记:计 计:记 际:纪 纪:记 坚:艰 艰:坚 检:捡 捡:检 件:建 建:健 健:建
交:教 教:叫 叫:教 觉:决 决:觉 经:进 进:近 近:进 静:净 净:静 究:就 就:究 具:俱 句:据 拒:据 据:拒 历:厉 厉:历 利:力 力:利
例:列 列:例 连:联 联:连 练:炼 炼:练 粮:良 辆:量 量:辆 另:令 令:另 路:录 录:路 买:卖 卖:买 满:慢 慢:满 没:每 每:没 面:免
免:面 名:明 明:名 目:木 拿:哪 难:南 你:您 您:你 偶:藕 怕:拍 拍:怕 片:骗 骗:片 平:评 评:平 期:其 其:期 起:启 启:起 气:汽
汽:气 前:钱 钱:前 请:清 清:请 情:请 取:去 去:取 权:全 全:权 确:却 却:确 然:燃 人:认 认:人 日:目 如:入 入:如 容:荣 荣:容
上:伤 少:小 设:社 社:设 生:声 声:生 失:实 十:时 时:是 实:时 是:事,市 事:是 市:是 试:式 式:试 视:示 示:视 收:受 受:收 书:输
输:书 数:树 说:所 所:说 送:松 诉:述 述:诉 虽:随 随:虽 提:题 题:提 体:提 天:添 听:停 停:听 同:通 通:同 完:玩 玩:完 晚:完
往:望 望:往 为:位 位:为 问:闻 无:物 物:务 务:物 误:务 系:戏 先:现 现:先 线:现 相:想 想:相 消:销 销:消 效:笑 写:些 些:写
心:新 新:心 行:形 形:行 型:形 性:姓 姓:性 许:需 选:先 学:雪 样:养 要:药 业:页 一:以 义:意 意:义 易:意 因:应 应:因 音:因
用:佣 油:由 由:油 有:又 又:有 于:与 与:于 原:源 源:原 愿:原 远:原 员:圆 约:月 月:约 造:照 照:造 找:照 这:着 着:这 真:针
正:整 整:正 证:政 政:证 知:之 之:知 只:支 支:只 职:值 值:质 质:值 制:至 至:制 致:至 中:种 种:中 终:中 重:种 主:住 住:主
注:主 助:住 专:转 转:专 装:状 状:装 准:谁 资:姿 自:字 字:自 总:种 族:祖 最:罪 尊:遵 遵:尊 应该:因该,应改 安装:按装 穿插:串插
必须:毕须 抱歉:报歉 布置:部置 充分:充份 出其不意:出奇不意 川流不息:穿流不息 发泄:发泻 防范:防犯 复杂:负杂 高潮:高朝
关系:关糸 国籍:国藉 和谐:和协 幻想:幼想 急躁:急燥 既然:即然 即使:既使 坚决:艰决 将来:降来 介绍:界绍 尽管:进管 就是:旧是
决定:觉定,绝定 觉得:决得 刻苦:克苦 快递:块递 亏损:亏捐 滥用:乱用 了解:瞭解 力量:利量 利用:力用 脉搏:脉博 没有:每有 美满:美慢
免费:面费 明白:名白 模仿:摸仿 陌生:莫生 朋友:朋有 碰到:碰道 啤酒:碑酒 期待:期代 其实:骑实,其时 气氛:气份 汽车:气车 清楚:请楚
请问:清问 确实:却实 如果:如过 弱不禁风:弱不经风 商量:商亮 声明:生明 世界:是界 事情:是情 受伤:受商 书籍:书藉 虽然:随然,虽燃
所以:所已,所一 提高:题高 题目:提目 突然:图然 退款:退宽 脱颖而出:脱影而出 完全:玩全 晚上:碗上 往往:往望 为什么:为甚么
问题:文题,问提 希望:希忘 习惯:习贯 喜欢:喜换 消息:消习 辛苦:幸苦 幸福:辛福 许多:许朵 学习:学席 严重:严种 一个:一各
已经:以经,已近 因为:因位,应为 引起:引其 影响:影想 应用:因用 优惠:优慧 由于:尤于,由与 有些:有写 原来:元来 在乎:再乎 再见:在见
再次:在次 暂时:暂是 怎么:怎吗,怎莫 增加:曾加 照顾:照故 这里:这理 真相:真像 正在:正再 知道:知到 支付:支负 支持:只持 只能:之能
至少:致少 质量:质亮 制造:制照 中国:种国 重要:中要,重药 重新:从新 主要:住要 住院:主院 祝福:祝富 准备:准被,准倍 资料:姿料
总是:总事 尊重:遵重 遵守:尊守 迫不及待:迫不急待 按部就班:按步就班 部署:布署 松弛:松驰 重叠:重迭 暴躁:暴燥 编辑:编缉
震撼:震憾 辩论:辨论 辨认:辩认 符合:附合 贡献:供献 寒暄:寒喧 候车:侯车 纪念:记念 艰苦:坚苦 健康:建康 名副其实:名符其实
签订:签定 实现:实线 水平:水瓶 通过:同过 需要:须要 以为:已为 以后:以候 原因:原音 愿意:原意 账号:帐号 账户:帐户 账单:帐单
注意:主意 自己:自已 走投无路:走头无路 作为:做为 座位:坐位 老板:老版 评价:平价 收到:受到 一直:一只
"""
"""Characters that sound or look alike, and words that input methods and habits get wrong."""


@cache
def common(language: str) -> dict[str, tuple[str, ...]]:
    """The list of `en` or `zh`: what is right -> wrong spellings."""
    entries = (_ENGLISH if language == "en" else _CHINESE).split()
    found: dict[str, list[str]] = {}
    for entry in entries:
        right, _, wrongs = entry.partition(":")
        found.setdefault(right, []).extend(wrongs.split(","))
    return {right: tuple(wrongs) for right, wrongs in found.items()}
