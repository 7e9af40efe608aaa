import { options } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const paper = matchMedia('print')

/** Whether the page is being printed. What depends on it is rendered before the browser looks at it. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(paper.matches)
  useEffect(() => {
    const set = (next: boolean) => {
      // Preact would wait until the browser has printed.
      options.debounceRendering = (render) => render()
      setPrinting(next)
      delete options.debounceRendering
    }
    const begin = () => set(true)
    const follow = () => set(paper.matches)
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', follow)
    paper.addEventListener('change', follow)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', follow)
      paper.removeEventListener('change', follow)
    }
  }, [])
  return isPrinting
}
