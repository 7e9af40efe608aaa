const css = String.raw

/** Fields, choices and buttons. */
export const formStyle = css`
  .field,
  fieldset {
    margin: 0 0 1rem;
  }

  fieldset {
    padding: 0;
    border: 0;
  }

  label,
  legend {
    display: block;
    padding: 0;
    font-weight: 600;
  }

  .choice {
    display: flex;
    align-items: baseline;
    gap: 0.5rem;
    font-weight: 400;
  }

  .field .hint,
  .fault {
    margin: 0;
    font-size: 0.92rem;
  }

  .fault {
    color: var(--danger);
    font-weight: 600;
  }

  input:not([type='radio'], [type='checkbox']),
  select,
  textarea {
    display: block;
    width: 100%;
    margin-top: 0.25rem;
    padding: 0.5rem 0.6rem;
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--surface);
    color: inherit;
    font: inherit;
  }

  [aria-invalid] {
    border-color: var(--danger);
  }

  button,
  .button {
    display: inline-block;
    padding: 0.45rem 0.9rem;
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--canvas);
    color: var(--ink);
    font: inherit;
    text-decoration: none;
    overflow-wrap: anywhere;
    cursor: pointer;
  }

  button:hover,
  .button:hover {
    border-color: var(--accent);
  }

  .primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }

  .primary.bad {
    background: var(--danger);
  }

  .buttons,
  .actions,
  .pager {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.75rem 1rem;
  }

  .actions {
    padding: 0;
    list-style: none;
  }

  .pager {
    justify-content: space-between;
    margin-top: 1rem;
  }

  .tick {
    display: inline-flex;
    align-items: center;
    min-width: 1.5rem;
    min-height: 1.5rem;
  }

  [type='checkbox'] {
    width: 1.15rem;
    height: 1.15rem;
    margin: 0;
  }

  .selection {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.75rem 1rem;
    margin-top: 0.9rem;
  }

  .export {
    margin-top: 2rem;
  }

  .export p {
    margin: 0 0 0.4rem;
  }

  .apart {
    margin-top: 1.5rem;
  }

  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 0.75rem;
    margin-bottom: 1rem;
  }

  .line .field {
    flex: 1 1 13rem;
    max-width: 28rem;
    margin: 0;
  }

  .line .field:has(select, [type='date']) {
    flex-basis: 9rem;
    max-width: 12rem;
  }

  .line > a {
    padding: 0.45rem 0;
  }
`
