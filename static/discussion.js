/* Moves the form to what is answered and keeps drafts in this browser. Nothing needs it. */
(d => {
  const form = d.getElementById('comment-form')
  if (!form) return
  const find = s => form.querySelector(s), words = find('textarea'), cancel = find('.cancel'), title = find('h2')
  const { comment_parent: parent, remember } = form.elements, own = title.textContent
  const start = form.closest('.answer'), home = d.createComment(''), box = d.createElement('div')
  let from = null

  /* A draft for each place, while Remember me is ticked. */
  const key = () => `draft ${form.getAttribute('action')} ${parent.value}`
  const keep = () => {
    try {
      if (remember?.checked && words.value.trim()) localStorage.setItem(key(), words.value)
      else localStorage.removeItem(key())
    } catch {}
  }
  /* What was sent, until its address is confirmed. */
  const copy = () => `sent ${key()}`
  const removed = () => {
    const [place, ...lines] = (localStorage.getItem(copy()) ?? '').split('\n'), text = lines.join('\n')
    const waits = d.querySelector('[data-unconfirmed]')?.closest('.comment')
    if (!text) return
    if (waits) return localStorage.setItem(copy(), `${place || waits.id}\n${text}`)
    localStorage.removeItem(copy())
    if (!d.getElementById(place || location.hash.slice(1))) return text
  }
  const recall = () => {
    try {
      const draft = removed() ?? localStorage.getItem(key())
      if (draft && !words.value) {
        words.value = draft
        remember.checked = true
        keep()
      }
    } catch {}
  }
  form.addEventListener('input', keep)
  form.addEventListener('submit', e => {
    try {
      if (e.submitter?.value == 'preview') return
      if ('asks' in form.dataset && remember?.checked) localStorage.setItem(copy(), `\n${words.value}`)
      localStorage.removeItem(key())
    } catch {}
  })
  recall()
  if (start && location.hash == '#comment-form' && !find('[role=alert]')) words.focus()

  box.className = 'children answer'
  form.before(home)
  d.addEventListener('click', e => {
    const a = e.target.closest('.acts a[href*=replytocom]')
    if (!a || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    e.preventDefault()
    keep()
    from = a
    const li = a.closest('.comment')
    parent.value = li.id.slice(8)
    title.textContent = a.getAttribute('aria-label')
    title.ariaLevel = 4
    li.querySelector('.entry').after(box)
    box.append(form)
    start?.remove()
    cancel.hidden = false
    recall()
    words.focus({ preventScroll: true })
    const end = words.getBoundingClientRect().bottom + 90 - innerHeight
    if (end > 0) scrollBy(0, Math.min(end, li.getBoundingClientRect().top - 24))
  })
  cancel.addEventListener('click', e => {
    if (!from || start) return
    e.preventDefault()
    keep()
    home.after(form)
    box.remove()
    parent.value = ''
    title.textContent = own
    title.ariaLevel = null
    cancel.hidden = true
    from.focus()
    from = null
  })
})(document)
