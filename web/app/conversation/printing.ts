import { options } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const paper = matchMedia('print')

/** Whether the page is being printed. What depends on it is rendered before the browser looks at it. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(paper.matches)
  useEffect(() => {
    const set = (next: boolean) => {
      // Preact would wait until the browser has printed.
      const { debounceRendering } = options
      options.debounceRendering = (render) => render()
      setPrinting(next)
      options.debounceRendering = debounceRendering
    }
    const begin = () => set(true)
    const end = () => set(false)
    const onChange = () => set(paper.matches)
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', end)
    paper.addEventListener('change', onChange)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', end)
      paper.removeEventListener('change', onChange)
    }
  }, [])
  return isPrinting
}
