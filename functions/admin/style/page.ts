import { icon } from '../icon.ts'

const css = String.raw

/** The style of colours and text, and of the frame of every page. */
export const pageStyle = css`
  :root {
    font: var(--text-long);
    accent-color: var(--accent);
  }

  * {
    box-sizing: border-box;
  }

  body {
    margin: 0;
    background: var(--surface);
    color: var(--ink);
    overflow-wrap: break-word;
  }

  .skip {
    position: absolute;
    left: -100rem;
  }

  .skip:focus {
    left: 0;
    padding: var(--s2) var(--s4);
    background: var(--surface);
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--s2) var(--s4);
    padding: var(--s3) var(--s4);
    border-bottom: 1px solid var(--line);
  }

  .brand {
    display: flex;
    align-items: center;
    gap: var(--s1);
    margin: 0;
    font-weight: 650;
  }

  .brand::before {
    width: 22px;
    height: 22px;
    background: url('${icon.replaceAll("'", '%27')}');
    content: '';
  }

  .brand span {
    color: var(--ink-2);
    font-weight: 400;
  }

  header nav {
    display: flex;
    flex-wrap: wrap;
    flex: 1;
    gap: var(--s1) var(--s0);
  }

  header nav a {
    padding: var(--s1) var(--s2);
    border-radius: var(--r-s);
    color: var(--ink);
    text-decoration: none;
  }

  header nav a:hover {
    background: var(--canvas);
  }

  header nav a[aria-current] {
    background: var(--accent-soft);
    color: var(--accent-ink);
    font-weight: 600;
  }

  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--s2);
    margin-left: auto;
    color: var(--ink-2);
  }

  main {
    max-width: 68rem;
    margin: 0 auto;
    padding: var(--s5) var(--s4) var(--s7);
  }

  main:focus {
    outline: none;
  }

  h1 {
    margin: 0 0 var(--s4);
    font-size: var(--f8);
    line-height: 1.25;
    overflow-wrap: anywhere;
  }

  h2 {
    margin: var(--s6) 0 var(--s3);
    font-size: var(--f7);
  }

  a {
    color: var(--accent);
    text-underline-offset: 0.15em;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: var(--r-xs);
  }

  .hint,
  .empty {
    color: var(--ink-2);
  }

  .message {
    padding: var(--s2) var(--s4);
    border: 1px solid var(--line);
    border-left: 4px solid var(--accent);
    border-radius: var(--r-s);
    background: var(--canvas);
  }

  .message.error {
    border-left-color: var(--danger);
  }

  .narrow {
    max-width: 30rem;
  }
`
