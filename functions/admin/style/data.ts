const css = String.raw

/** Figures, facts and tables, which are lists on a narrow screen. */
export const dataStyle = css`
  .figures {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(max(9rem, 22%), 1fr));
    gap: 0.75rem;
    margin: 0;
  }

  .figures div {
    display: flex;
    flex-direction: column;
    justify-content: space-between;
    padding: 0.8rem 1rem;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--canvas);
  }

  .figures dt,
  .facts dt {
    color: var(--ink-2);
  }

  .figures dd {
    margin: 0;
    font-size: 1.6rem;
    font-variant-numeric: tabular-nums;
  }

  .figures a {
    color: var(--ink);
    text-decoration-color: var(--line-strong);
    text-decoration-thickness: 1px;
  }

  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
    gap: 1rem;
  }

  .chart {
    margin: 0;
    padding: 0.8rem 1rem;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--canvas);
  }

  .chart figcaption {
    font-weight: 600;
  }

  .chart svg {
    display: block;
    width: 100%;
    height: 7.5rem;
    border-top: 1px dashed var(--line);
    border-bottom: 1px solid var(--line-strong);
  }

  .chart rect {
    fill: var(--accent);
  }

  .axis {
    display: flex;
    justify-content: space-between;
    margin: 0.2rem 0;
    color: var(--ink-2);
    font-size: 0.88rem;
    font-variant-numeric: tabular-nums;
  }

  summary {
    padding: 0.3rem 0;
    cursor: pointer;
  }

  .facts {
    margin: 0;
  }

  .facts div {
    display: grid;
    grid-template-columns: minmax(6rem, 10rem) minmax(0, 1fr);
    gap: 1rem;
    padding: 0.4rem 0;
    border-bottom: 1px solid var(--line);
  }

  .facts dd {
    margin: 0;
  }

  .written,
  .email {
    overflow-wrap: anywhere;
  }

  .written {
    white-space: pre-wrap;
  }

  .links {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1rem;
  }

  time {
    white-space: nowrap;
  }

  table {
    width: 100%;
    border-collapse: collapse;
  }

  th,
  td {
    padding: 0.5rem 1rem 0.5rem 0;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
  }

  thead th {
    color: var(--ink-2);
    font-size: 0.92rem;
    font-weight: 400;
  }

  .tag {
    padding: 0.05rem 0.5rem;
    border: 1px solid var(--line-strong);
    border-radius: 1rem;
    font-size: 0.88rem;
  }

  .tag.bad {
    border-color: var(--danger);
    color: var(--danger);
  }

  blockquote {
    margin: 0 0 1rem;
    padding: 0.7rem 1rem;
    border-left: 4px solid var(--line-strong);
    background: var(--canvas);
    white-space: pre-wrap;
  }

  .chosen {
    margin: 0;
    padding: 0;
    border-top: 1px solid var(--line);
    list-style: none;
  }

  .chosen li {
    padding: 0.4rem 0;
    border-bottom: 1px solid var(--line);
  }

  .context,
  .choices {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.75rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .context li,
  .choices li {
    padding: 0.7rem 1rem;
    border: 1px solid var(--line);
    border-radius: 8px;
  }

  .context .reported {
    border-color: var(--danger);
    background: var(--canvas);
  }

  .context p,
  .choices p {
    margin: 0 0 0.5rem;
  }

  td:has(> span > .tick) {
    width: 2.5rem;
  }

  @media (max-width: 40rem) {
    time {
      white-space: normal;
    }

    .facts div {
      grid-template-columns: 6.5rem minmax(0, 1fr);
      gap: 0.75rem;
    }

    header nav {
      flex-basis: 100%;
      order: 1;
      margin: 0 -0.6rem;
    }

    header nav a {
      padding: 0.2rem 0.6rem;
    }

    .who button {
      padding: 0.2rem 0.6rem;
    }

    main {
      padding-top: 1rem;
    }

    thead {
      position: absolute;
      left: -100rem;
    }

    table,
    tbody,
    tr {
      display: block;
    }

    tr {
      position: relative;
      padding: 0.6rem 0;
      border-bottom: 1px solid var(--line);
    }

    td {
      display: grid;
      grid-template-columns: 6.5rem minmax(0, 1fr);
      gap: 0.75rem;
      padding: 0.1rem 0;
      border: 0;
    }

    td::before {
      content: attr(data-label);
      color: var(--ink-2);
    }

    /* The box stands beside the first line of its row, and says itself what it selects. */
    td:has(> span > .tick) {
      position: absolute;
      top: 0.6rem;
      right: 0;
      display: block;
      width: auto;
    }

    td:has(> span > .tick)::before {
      content: none;
    }

    td:has(> span > .tick) + td {
      padding-right: 2.5rem;
    }

    td:has(> span:empty) {
      display: none;
    }
  }
`
