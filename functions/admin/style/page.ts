const css = String.raw

/** Colours, type, and what is around every page. */
export const pageStyle = css`
  :root {
    color-scheme: light dark;
    --ink: light-dark(#1c2230, #e7eaf1);
    --soft: light-dark(#566073, #a3adbf);
    --paper: light-dark(#ffffff, #12151c);
    --card: light-dark(#f4f6fa, #1b202b);
    --line: light-dark(#d9dee8, #303848);
    --edge: light-dark(#7c879b, #7d889d);
    --accent: light-dark(#1f5fd6, #86b1ff);
    --on-accent: light-dark(#ffffff, #10141c);
    --bad: light-dark(#b3261e, #ff9d94);
    font:
      16px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'DejaVu Sans',
      sans-serif;
  }

  * {
    box-sizing: border-box;
  }

  body {
    margin: 0;
    background: var(--paper);
    color: var(--ink);
    overflow-wrap: break-word;
  }

  .skip {
    position: absolute;
    left: -100rem;
  }

  .skip:focus {
    left: 0;
    padding: 0.5rem 1rem;
    background: var(--paper);
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1.5rem;
    padding: 0.7rem 1.25rem;
    border-bottom: 1px solid var(--line);
  }

  .brand {
    margin: 0;
    font-weight: 650;
  }

  .brand span {
    color: var(--soft);
    font-weight: 400;
  }

  header nav {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 0.25rem;
  }

  header nav a {
    padding: 0.3rem 0.6rem;
    border-radius: 6px;
    color: var(--ink);
    text-decoration: none;
  }

  header nav a:hover {
    background: var(--card);
  }

  header nav a[aria-current] {
    background: var(--card);
    box-shadow: inset 0 -2px var(--accent);
    font-weight: 600;
  }

  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.6rem;
    margin-left: auto;
    color: var(--soft);
  }

  main {
    max-width: 60rem;
    margin: 0 auto;
    padding: 1.5rem 1.25rem 4rem;
  }

  main:focus {
    outline: none;
  }

  h1 {
    margin: 0 0 1rem;
    font-size: 1.7rem;
    line-height: 1.25;
  }

  h2 {
    margin: 2rem 0 0.75rem;
    font-size: 1.2rem;
  }

  a {
    color: var(--accent);
    text-underline-offset: 0.15em;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 4px;
  }

  .hint,
  .empty {
    color: var(--soft);
  }

  .message {
    padding: 0.6rem 0.9rem;
    border: 1px solid var(--line);
    border-left: 4px solid var(--accent);
    border-radius: 6px;
    background: var(--card);
  }

  .message.error {
    border-left-color: var(--bad);
  }

  .narrow {
    max-width: 30rem;
  }
`
