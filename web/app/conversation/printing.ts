import { options } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const paper = matchMedia('print')

/**
 * Whether the page is being printed. Components that depend on it render before the browser takes the page.
 */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(paper.matches)
  useEffect(() => {
    const set = (next: boolean) => {
      // Otherwise Preact would render only after printing.
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
