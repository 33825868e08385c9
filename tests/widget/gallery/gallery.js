/* Draws the states that states.js names, in the language and theme of the address; `gallery` is there for the tests. */
(async () => {
  const asked = new URLSearchParams(location.search);
  const lang = asked.get('lang') || 'en';
  const theme = asked.get('theme') || 'light';
  document.documentElement.dataset.colorScheme = theme;
  document.documentElement.lang = lang;

  const library = '../../../widget/lib/';
  const [view, format, states, fixtures, words] = await Promise.all([
    window.load(`${library}view.js`), window.load(`${library}format.js`), window.load(`${library}state.js`),
    window.load('states.js'), fetch(`../../../widget/i18n/${lang}.json`).then((answer) => answer.json()),
  ]);

  const calls = [];
  const names = ['analyse', 'retry', 'cancelRetry', 'useCard', 'openPaste', 'closePaste', 'setPaste', 'previewPaste',
    'analysePaste', 'toggle', 'show', 'askReply', 'copyReply', 'copyRequestId', 'reload', 'dismissLocated',
    'dismissProblem', 'loadWords', 'transcribe', 'measureAll', 'transcribeAll', 'dropAll', 'showText', 'hideText',
    'copyVoiceId'];
  const all = fixtures.all({ lang, initial: states.initial });
  const shown = Object.entries(all).filter(([name]) => !asked.get('state') || asked.get('state') === name);

  window.gallery = { calls, panels: {}, states: all };
  for (const [name, state] of shown) {
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.append(document.createElement('h2'));
    caption.firstChild.textContent = name.replaceAll('_', ' ');
    const root = document.createElement('div');
    figure.dataset.state = name;
    figure.append(caption, root);
    document.querySelector('main').append(figure);
    let current = state;
    const actions = Object.fromEntries(names.map((action) => [action, (...given) => {
      calls.push([action, ...given]);
      if (action === 'toggle') {
        current = { ...current, opened: { ...current.opened, [given[0]]: !current.opened[given[0]] } };
        panel.draw(current);
      }
      if (action === 'setPaste') { current = { ...current, paste: { ...current.paste, ...given[0] } }; panel.draw(current); }
    }]));
    const panel = view.create(root, {
      actions, i18n: words.panel,
      format: format.create({ lang, timeZone: 'America/Monterrey', now: () => fixtures.now }),
    });
    panel.draw(state);
    window.gallery.panels[name] = {
      root, panel, draw: (change) => { current = { ...current, ...change }; panel.draw(current); }, state: () => current,
    };
  }
  window.gallery.ready = true;
})();
