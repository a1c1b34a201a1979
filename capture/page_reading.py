"""The one script that reads a page: every selector at once, what a person would see, nothing changed.

``innerText`` leaves out what is not rendered; ``checkVisibility`` adds opacity and visibility, which ``innerText``
ignores. ``alone`` is stricter, since a proof hangs on it: it looks at each piece of text inside (its ink against its
ground, its size, what clips, filters, strikes or quotes it) and at the words around. Pixels are ``capture.sight``'s.
"""

_SEEN = """
  const QUOTING = 'blockquote, q, cite, aside, details, [role=note], [role=tooltip], [aria-hidden=true], template';
  const ELSEWHERE = QUOTING + ', del, s, strike, dialog, [role=dialog], [role=alertdialog], figure, pre, code, header,'
    + ' footer, nav, [role=banner], [role=navigation], [role=contentinfo], select, option, button, label, textarea, dd';
  const WORDS = 'b, strong, em, i, u, q, cite, mark, small, span';
  const sees = (e) => {
    const how = {opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true};
    if (!e.checkVisibility(how)) return false;
    for (let n = e; n; n = n.parentElement) { if (getComputedStyle(n).opacity === '0') return false; }
    const boxes = e.getClientRects();
    if (!boxes.length) return false;
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1
      && box.right + scrollX > 0 && box.bottom + scrollY > 0;
  };
  const clipped = (e) => {
    let {left, top, right, bottom} = e.getBoundingClientRect();
    let position = getComputedStyle(e).position;
    for (let n = e.parentElement; n && n !== document.body && position !== 'fixed'; n = n.parentElement) {
      const how = getComputedStyle(n);
      if (position === 'absolute' && how.position === 'static') continue;
      position = how.position;
      const box = n.getBoundingClientRect();
      if (/hidden|clip/.test(how.overflowX)) { left = Math.max(left, box.left); right = Math.min(right, box.right); }
      if (/hidden|clip/.test(how.overflowY)) { top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom); }
      if (/auto|scroll/.test(how.overflowX)) { left = box.left; right = box.right; }
      if (/auto|scroll/.test(how.overflowY)) { top = box.top; bottom = box.bottom; }
    }
    return right - left <= 1 || bottom - top <= 1;
  };
"""

# Contrast as WCAG 2.2 §1.4.3 reckons it; 2:1 is far below what it asks of a page, and far above a hidden text.
_INKED = """
  const colour = (text) => {
    const found = /^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/.exec(text);
    return found && [+found[1], +found[2], +found[3], found[4] === undefined ? 1 : +found[4]];
  };
  const over = (top, below) => [0, 1, 2].map((k) => top[k] * top[3] + below[k] * (1 - top[3])).concat(1);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (e) => {
    const layers = [];
    for (let n = e; n; n = n.parentElement) {
      const layer = colour(getComputedStyle(n).backgroundColor);
      if (!layer) return null;
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const plainly = (e) => {  // nothing up to the root dims, filters, masks, clips or strikes it
    let opacity = 1;
    for (let n = e; n; n = n.parentElement) {
      const how = getComputedStyle(n);
      opacity *= parseFloat(how.opacity);
      if (opacity < 0.5 || how.filter !== 'none' || how.clipPath !== 'none') return false;
      if (how.mixBlendMode !== 'normal') return false;
      if ((how.maskImage || how.webkitMaskImage || 'none') !== 'none') return false;
      if (how.clip !== 'auto' || how.textDecorationLine.includes('line-through')) return false;
    }
    return true;
  };
  const inked = (e, text) => {
    const how = getComputedStyle(e);
    if (parseFloat(how.fontSize) < 8 || parseFloat(how.textIndent) < -99) return false;
    const range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
    if (!boxes.length || boxes.some((box) => box.height < 6)) return false;
    const ink = colour(how.webkitTextFillColor || how.color), below = ground(e);
    return !!ink && !!below && contrast(over(ink, below), below) >= 2 && plainly(e);
  };
"""

_ALONE = """
  const speaks = (n) => n.nodeType === 3 && /\\S/.test(n.data);
  const continued = (e) => {
    for (let n = e; n.parentElement && getComputedStyle(n).display === 'inline'; n = n.parentElement) {
      for (const other of n.parentElement.childNodes) {
        if (other === n) continue;
        if (speaks(other)) return true;
        if (other.nodeType === 1 && other.matches(WORDS) && (other.innerText || '').trim()) return true;
      }
    }
    return false;
  };
  const adds = (e) => ['::before', '::after'].some((which) => {  // words or quotation marks that only the style holds
    const how = getComputedStyle(e, which);
    if (how.content === 'none' || how.content === 'normal' || how.display === 'none') return false;
    const written = how.content.replace(/url\\("[^"]*"\\)/g, '').replace(/"((?:[^"\\\\]|\\\\.)*)"/g, '$1');
    return /[\\p{L}\\p{N}«»“”„‹›"']/u.test(written);
  });
  const framed = (e) => {
    for (let n = e; n; n = n.parentElement) { if (adds(n)) return true; }
    return [...e.querySelectorAll('*')].some(adds);
  };
  const alone = (e) => {
    if (continued(e)) return false;
    const texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    let count = 0;
    for (let n = texts.nextNode(); n; n = texts.nextNode()) {
      if ((count += 1) > most * 5) return false;  // that many pieces of text are a page, not a sentence
      const holder = n.parentElement;
      if (!speaks(n) || !holder.checkVisibility() || getComputedStyle(holder).visibility !== 'visible') continue;
      if (holder.closest(ELSEWHERE) || !sees(holder) || clipped(holder) || !inked(holder, n)) return false;
    }
    return e.getElementsByTagName('*').length <= most * 5 && !framed(e);
  };
  const says = (e) => (e.innerText || '').trim() !== '';
  const listed = (e) => {  // one entry among others: a cell beside cells, an item beside items
    const entry = e.closest('li, td, th, [role=row], [role=cell], [role=listitem]');
    if (!entry) return false;
    const whole = entry.closest('table, ul, ol, [role=table], [role=grid], [role=list]');
    if (!whole) return true;
    return [...whole.querySelectorAll('li, td, th, [role=cell], [role=listitem]')]
      .some((other) => !other.contains(e) && !e.contains(other) && says(other));
  };
"""

READ_PAGE = (
    "([selectors, most, longest, body, wanted, whole]) => {"
    + _SEEN
    + _INKED
    + _ALONE
    + """
  const plain = (text) => text.replace(/[’ʼ‘]/g, "'")
    .replace(/[\\s\u00a0\u202f\u2007\u200b\ufeff]+/g, '').toLowerCase();
  const speaksOf = (e, texts) => {  // of many elements only those that can hold a wanted sentence are read
    if (e.getElementsByTagName('*').length > most * 5) return false;
    const words = plain(e.textContent || '');
    return texts.some((text) => words.includes(text));
  };
  const labelOf = (e) => (e.labels && e.labels.length ? e.labels[0].innerText : '');
  const HOUR = /(^|\\D)([01]?\\d|2[0-3])\\s?([:h]|heures?)\\s?([0-5]\\d)?(\\D|$)/i;
  const offers = (e) => {  // a link or a button that looks like an hour, or that says "free" beside one
    const text = ((e.innerText || '') + ' ' + (e.tagName === 'INPUT' ? e.value : '')).trim();
    if (text.length > 60) return false;
    if (HOUR.test(text)) return true;
    return /\\b(libres?|disponibles?)\\b/i.test(text) && HOUR.test((e.parentElement.innerText || '').slice(0, 500));
  };
  const elements = {};
  for (const selector of selectors) {
    let found = [];
    try { found = [...document.querySelectorAll(selector)].slice(0, most * 100); } catch (error) { found = []; }
    const texts = wanted[selector];
    if (texts && found.length > most) found = found.filter((e) => speaksOf(e, texts));
    const room = whole.includes(selector) ? body + 1 : longest;
    elements[selector] = found.slice(0, most).map((e) => ({
      text: (e.innerText || '').slice(0, room), visible: sees(e), quoting: !!e.closest(QUOTING),
      ident: e.id || '', value: e.value === undefined ? '' : String(e.value).slice(0, 200),
      label: labelOf(e).slice(0, 300), alone: e !== document.body && alone(e), listed: listed(e),
    }));
  }
  const root = document.body;
  const bareOnly = root && root.children.length === 1 && root.children[0].tagName === 'H1';
  const bare = root && root.children.length && root.children[0].tagName === 'H1'
    && (bareOnly || root.querySelectorAll('*').length <= 3);
  return {
    url: location.href, title: document.title.slice(0, 500), ready: document.readyState !== 'loading',
    elements, body: root ? root.innerText.slice(0, body) : '',
    bare: bare ? root.children[0].innerText.slice(0, 200) : '',
    hours: [...document.querySelectorAll('a, button, [role=button], [type=submit], [type=button]')].some(offers),
  };
}
"""
)
