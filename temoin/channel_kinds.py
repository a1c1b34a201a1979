"""The kinds of address that apprise knows, so that a slip is told when the configuration is read.

apprise itself is not imported: the daemon reads the configuration too, and stays small. A test holds this list to the
locked apprise.
"""

# What stands before ``://``. Hooks that people copy from a browser come as https, and apprise knows them by their host.
_NAMES = """
46elks apprise apprises aprs atalk azure bark barks blink1 bluesky brevo bsky bulksms bulkvs burstsms chanify
chime clickatell clicksend d7sms dapnet dbus dingtalk discord dot eight00com elks emby embys enigma2 enigma2s
evolution evolutions exotel fcm feishu flock flowtriq flowtriqs fluxer fluxers form forms freemobile gchat gio
glib gnome gotify gotifys groupme growl guilded hassio hassios httpsms humhub humhubs ifttt irc ircs jellyfin
jellyfins jira join json jsons kavenegar kde kodi kodis kook kumulos lametric lametrics lark lauther line macosx
mailersend mailgun mailto mailtos mastodon mastodons matrix matrixs misskey misskeys mmost mmosts mqtt mqtts
msg91 msgbird ncloud nclouds nctalk nctalks nexmo notica noticas notifiarr notifico notificos notifyre ntfy
ntfys o365 octopush onesignal opsgenie pagerduty pagertree parsep parseps pbul pinglet pinglets pingram pjet
pjets plivo postmark pover prowl psafer psafers push pushdeer pushdeers pushed pushme pushplus pushward pushy qq
qt reddit resend revolt ringc rocket rockets rsyslog ryver schan sendgrid sendpulse serwersms ses session
sessions seven sfr signal signalgrid signals signl4 sinch slack smpp smpps smsc smseagle smseagles smsmanager
smsmgr smtp2go sns sogs sparkpost spike splunk spugpush spush stackfield strmlabs synology synologys syslog
tgram threema toot toots trigv trigvs tweet twilio twist twitter vapid viber victorops voipms vonage webex
wechat wecom wecombot whatsapp windows workflow workflows wxpusher wxteams x xbmc xbmcs xml xmls xmpp xmpps zoom
zulip
http https
"""
KINDS = frozenset(_NAMES.split())
