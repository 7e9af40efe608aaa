const css = String.raw

/** The style of fields, choices and buttons. */
export const formStyle = css`
  .field,
  fieldset {
    margin: 0 0 var(--s4);
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
    gap: var(--s2);
    font-weight: 400;
  }

  .field .hint,
  .fault {
    margin: 0;
    font-size: var(--f4);
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
    margin-top: var(--s1);
    padding: var(--s2) var(--s2);
    border: 1px solid var(--line-strong);
    border-radius: var(--r-s);
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
    padding: var(--s2) var(--s4);
    border: 1px solid var(--line-strong);
    border-radius: var(--r-s);
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
    gap: var(--s3) var(--s4);
  }

  .actions {
    padding: 0;
    list-style: none;
  }

  .pager {
    justify-content: space-between;
    margin-top: var(--s4);
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
    gap: var(--s3) var(--s4);
    margin-top: var(--s4);
  }

  .export {
    margin-top: var(--s6);
  }

  .export p {
    margin: 0 0 var(--s2);
  }

  .apart {
    margin-top: var(--s5);
  }

  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--s3);
    margin-bottom: var(--s4);
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
    padding: var(--s2) 0;
  }
`
