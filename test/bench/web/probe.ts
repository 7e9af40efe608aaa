/**
 * The source text of a script that the bench adds to the page, as `window.bench`. It observes the page from outside:
 * the page does not know about it.
 *
 * A frame counts as painted when the first task after its `requestAnimationFrame` callbacks runs: style, layout and
 * paint of the main thread happen between the two.
 */
export const probe = `(() => {
  const channel = new MessageChannel()
  const waiting = []
  channel.port1.onmessage = () => waiting.shift()?.()
  /** Resolves, with the time, when the next frame is painted. */
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    waiting.push(() => resolve(performance.now()))
    channel.port2.postMessage(0)
  }))
  /** Resolves, with the time, after the first frame in which the condition holds. */
  const until = async (holds, what) => {
    const end = performance.now() + 30_000
    for (;;) {
      const at = await painted()
      if (holds()) return at
      if (at > end) throw new Error('it never came: ' + what)
    }
  }
  const field = () => document.querySelector('.composer textarea')
  const showsRoom = (id) => {
    const text = document.querySelector('.message-rows article:last-of-type .message-body')?.textContent
    return text?.includes('#' + id + ' ') === true
  }
  const isOpen = (id) => location.pathname === '/rooms/' + id && field() !== null

  /** The trace of the browser has these marks: what lies between them is one thing that the user has done. */
  const mark = (name) => {
    performance.mark('bench:' + name)
    // The page would hold all of them, and its memory is measured, too.
    performance.clearMarks('bench:' + name)
  }

  const keys = []
  /** From each key to the frame that shows it. */
  const watchKeys = () => addEventListener('keydown', async (event) => {
    mark('begin')
    const at = await painted()
    mark('end')
    keys.push(at - event.timeStamp)
  }, true)

  const frames = { long: [], deltas: [], isOn: false }
  new PerformanceObserver((list) => {
    for (const { startTime, duration, scripts, styleAndLayoutStart } of list.getEntries()) {
      // The frame in which the pointer has moved may be reported late. It does not belong to the scroll.
      if (!frames.isOn || startTime < frames.since) continue
      frames.long.push({
        at: performance.timeOrigin + startTime,
        ms: duration,
        scripts: scripts.reduce((sum, script) => sum + script.duration, 0),
        // Layout that a script has forced is among the scripts' time, too.
        forced: scripts.reduce((sum, script) => sum + script.forcedStyleAndLayoutDuration, 0),
        painting: styleAndLayoutStart > 0 ? startTime + duration - styleAndLayoutStart : 0,
      })
    }
  }).observe({ type: 'long-animation-frame' })
  const watchFrames = (isOn) => {
    if (isOn === frames.isOn) return
    Object.assign(frames, { long: [], deltas: [], isOn, since: performance.now() })
    let last
    const look = (now) => {
      if (last !== undefined) frames.deltas.push(now - last)
      last = now
      if (frames.isOn) requestAnimationFrame(look)
    }
    if (isOn) requestAnimationFrame(look)
  }

  const fill = (selector, text) => {
    document.querySelector(selector).focus()
    document.execCommand('insertText', false, text)
  }

  window.bench = {
    signIn: async (username, password) => {
      await until(() => document.querySelector('input[type=password]') !== null, 'the form to sign in with')
      fill('input[autocomplete=username]', username)
      fill('input[type=password]', password)
      document.querySelector('form').requestSubmit()
      await bench.untilRooms()
    },
    untilRooms: () => until(() => document.querySelector('.room-row') !== null, 'the list of rooms'),
    untilTyping: async () => {
      const ready = await until(() => field() !== null && document.activeElement === field(), 'a field to write in')
      const isWritable = () => {
        const { disabled, readOnly } = field()
        return !disabled && !readOnly
      }
      if (!isWritable()) throw new Error('nothing can be written in the field')
      return ready
    },
    untilMessages: (id) => until(() => showsRoom(id), 'the messages of the room'),
    /** Goes to a room by its link. Gives the milliseconds until it can be written in, and until its messages are shown. */
    switchTo: async (id) => {
      const link = document.querySelector('.room-row[href="/rooms/' + id + '"]')
      if (!link) throw new Error('the list has no room ' + id)
      mark('begin')
      const start = performance.now()
      link.click()
      const open = await until(() => isOpen(id), 'the room')
      mark('end')
      const shown = showsRoom(id) ? open : await until(() => showsRoom(id), 'the messages of the room')
      return [open - start, shown - start]
    },
    mark,
    watchKeys,
    keys: () => keys.splice(0),
    watchFrames,
    frames: () => ({ long: frames.long, deltas: frames.deltas }),
    /** The lowest number of a message on the screen, and whether the beginning of the room is there. */
    place: () => ({
      first: Number(document.querySelector('.message-rows article')?.dataset.seq ?? 0),
      rows: document.querySelectorAll('.message-rows article').length,
      isAtStart: (() => {
        const box = document.querySelector('.message-scroller')
        return document.querySelector('.room-beginning') !== null && box.scrollHeight - box.clientHeight + box.scrollTop < 4
      })(),
    }),
    attached: () => {
      let count = 1
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL)
      while (walker.nextNode()) count++
      return count
    },
  }
})()`
