/* Which comments are new since the last visit: two dates that stay in this browser. Nothing depends on it. */
(d => {
  const facts = d.querySelector('.facts'), all = d.getElementById('comments')
  const latest = facts?.querySelector('time')?.dateTime, words = facts?.dataset
  if (!latest || !words.new) return
  const key = 'seen ' + words.post
  let base = '', off = false
  try {
    base = sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? ''
    off = localStorage.getItem('unread') == 'off'
    sessionStorage.setItem(key, base)
    localStorage.setItem(key, latest)
  } catch {
    return
  }
  const fresh = base ? [...d.querySelectorAll('.comment .when time')].filter(t => t.dateTime > base) : []
  if (!fresh.length) return
  const dt = d.createElement('dt'), dd = d.createElement('dd')
  const make = (name, text, act) => {
    const made = d.createElement(name)
    made.textContent = text
    if (act) {
      made.type = 'button'
      made.onclick = act
    }
    return made
  }
  let at = -1
  const go = step => {
    at = Math.max(0, Math.min(fresh.length - 1, at + step))
    for (let fold = fresh[at]; (fold = fold.parentElement.closest('details'));) fold.open = true
    const entry = fresh[at].closest('.entry')
    entry.tabIndex = -1
    entry.focus({ preventScroll: true })
    entry.scrollIntoView()
  }
  const turn = () => {
    try {
      localStorage.setItem('unread', off ? 'on' : 'off')
    } catch {}
    off = !off
    show()
    dd.lastChild.focus()
  }
  const show = () => {
    for (const mark of d.querySelectorAll('.when > .new')) mark.remove()
    if (!off) for (const time of fresh) {
      const mark = make('b', words.mark)
      mark.className = 'new'
      time.closest('.when').prepend(mark, ' ')
    }
    const parts = [make('span', words.since.replace('{n}', fresh.length)), make('button', words.next, () => go(1))]
    dd.replaceChildren(...(off ? [] : parts), make('button', off ? words.on : words.off, turn))
  }
  dt.textContent = words.new
  facts.append(dt, dd)
  show()
  /* Only while the focus is in the discussion, and never in a field: WCAG 2.1.4. */
  all.addEventListener('keydown', e => {
    if (off || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, textarea')) return
    if (e.key == 'n' || e.key == 'p') go(e.key == 'n' ? 1 : -1)
  })
})(document)
