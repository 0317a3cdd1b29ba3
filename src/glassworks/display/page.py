"""A page of HTML that stands by itself: its styles, pictures and data are inside it, and nothing is loaded from anywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from glassworks.display.png import data_uri

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What the browser may load: nothing but what is in the page (https://www.w3.org/TR/CSP3/)."""

_STYLE = """
:root{color-scheme:light dark;--text:#1b1f24;--page:#fff;--soft:#f4f6f8;--line:#c9d1d9;--link:#0b5394;--good:#0b5394;--bad:#a33c00}
@media(prefers-color-scheme:dark){:root{--text:#e6e8eb;--page:#14171a;--soft:#1e2328;--line:#3d444d;--link:#8ec5f2;--good:#8ec5f2;--bad:#ffae70}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem 1.25rem 4rem;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;margin:.5rem 0}h2{font-size:1.3rem;margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
h3{font-size:1.05rem;margin:1.5rem 0 .3rem}
a{color:var(--link)}nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;padding:0;margin:.5rem 0}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
figure{margin:1rem 0}figure img{display:block;max-width:100%;height:auto;background:#fff;border:1px solid var(--line);border-radius:6px}
figcaption,.note{font-size:.9rem;opacity:.85}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(14.5rem,1fr));gap:.8rem;padding:0;margin:1rem 0;list-style:none}
.samples>li{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.7rem;min-width:0}
.samples img{width:5rem;height:5rem;object-fit:contain;image-rendering:pixelated;background:#000;border-radius:3px}
.samples .input{font-size:.85rem;overflow-wrap:anywhere}
.samples .verdict{font-weight:600;overflow-wrap:anywhere}.right{color:var(--good)}.wrong{color:var(--bad)}
.bar{display:grid;grid-template-columns:minmax(0,5.5rem) 1fr 3.2rem;gap:.4rem;align-items:center;font-size:.8rem}
.bar span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bar span:last-child{text-align:right;font-variant-numeric:tabular-nums}
.bar i{display:block;height:.7rem;background:var(--link);border-radius:2px;min-width:1px}
.slider{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;position:sticky;top:0;background:var(--page);padding:.6rem 0;z-index:1}
.slider input{flex:1 1 14rem;accent-color:var(--link)}
.slider button{font:inherit;padding:.2rem .8rem;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:4px}
.slider output{min-width:14rem;font-variant-numeric:tabular-nums}
@media print{nav,.slider button{display:none}}
"""

_SLIDER = """
(function(){
var data=JSON.parse(document.getElementById("recorded").textContent);
var range=document.getElementById("epoch"),shown=document.getElementById("epoch-text"),play=document.getElementById("play"),timer=null;
function text(tag,words,kind){var e=document.createElement(tag);e.textContent=words;if(kind)e.className=kind;return e}
function draw(){
 var at=data.epochs[+range.value];
 shown.textContent=at.text;
 range.setAttribute("aria-valuetext",at.text);
 at.samples.forEach(function(sample,i){
  var place=document.getElementById("sample-"+i);
  place.textContent="";
  place.appendChild(text("div",sample.verdict,"verdict "+(sample.right===null?"":sample.right?"right":"wrong")));
  sample.bars.forEach(function(bar){
   var row=text("div","","bar"),track=text("span",""),fill=document.createElement("i");
   fill.style.width=(100*bar[1])+"%";track.appendChild(fill);
   row.appendChild(text("span",bar[0]));row.appendChild(track);row.appendChild(text("span",(100*bar[1]).toFixed(1)+"%"));
   place.appendChild(row);
  });
 });
}
function stop(){clearInterval(timer);timer=null;play.textContent="Play"}
range.addEventListener("input",function(){stop();draw()});
play.addEventListener("click",function(){
 if(timer){stop();return}
 if(+range.value>=data.epochs.length-1)range.value=0;
 play.textContent="Stop";draw();
 timer=setInterval(function(){if(+range.value>=data.epochs.length-1){stop();return}range.value=+range.value+1;draw()},600);
});
draw();
})();
"""


class Section(NamedTuple):
    """A part of a page.

    Attributes:
        name: Its name in addresses.
        heading: Its heading.
        html: What it contains.
    """

    name: str
    heading: str
    html: str


def page(title: str, sections: Sequence[Section]) -> str:
    """A complete page with a list of its sections.

    >>> page("Report", [Section("model", "Model", "<p>text</p>")]).count("<h2")
    1
    """
    links = "".join(f'<li><a href="#{section.name}">{escape(section.heading)}</a></li>' for section in sections)
    body = "\n".join(
        f'<section id="{section.name}" aria-labelledby="{section.name}-heading">'
        f'<h2 id="{section.name}-heading">{escape(section.heading)}</h2>\n{section.html}\n</section>'
        for section in sections
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">\n<title>{escape(title)}</title>\n'
        f'<link rel="icon" href="data:,">\n<style>{_STYLE}</style>\n</head>\n<body>\n<a class="skip" href="#main">Skip to the content</a>\n'
        f'<header><h1>{escape(title)}</h1>\n<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n<main id="main">\n{body}\n</main>\n'
        "</body>\n</html>\n"
    )


def picture(content: bytes, kind: str, words: str, caption: str = "") -> str:
    """A picture that the page contains.

    Args:
        content: The bytes of the file.
        kind: Its type: "image/svg+xml" or "image/png".
        words: What it shows, for those who cannot see it.
        caption: The text below it.
    """
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{data_uri(content, kind)}" alt="{escape(words)}">{below}</figure>'


def slider(epochs: Sequence[dict[str, object]], cards: Sequence[str]) -> str:
    """Samples whose predictions follow a slider over epochs.

    Args:
        epochs: For each recorded epoch a dict with `"text"` and `"samples"`: for each sample a dict with `"verdict"` (text), `"right"`
            (True, False or None) and `"bars"` (pairs of a name and a share).
        cards: What is fixed of each sample, as HTML.
    """
    last = len(epochs) - 1
    data = json.dumps({"epochs": epochs}, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    items = "".join(f'<li>{card}<div id="sample-{i}"></div></li>' for i, card in enumerate(cards))
    return (
        f'<div class="slider"><label for="epoch">Epoch</label><input type="range" id="epoch" min="0" max="{last}" step="1" value="{last}">'
        '<button type="button" id="play">Play</button><output id="epoch-text" for="epoch" aria-live="polite"></output></div>\n'
        f'<noscript><p>The slider needs JavaScript, which is switched off.</p></noscript>\n<ul class="samples">{items}</ul>\n'
        f'<script type="application/json" id="recorded">{data}</script>\n<script>{_SLIDER}</script>'
    )
