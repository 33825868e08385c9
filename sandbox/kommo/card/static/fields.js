/* The left side of the card: the lead's name and fields. */
define(['dom', 'words'], function (dom, words) {
  'use strict';

  var el = dom.el;

  function row(label, value) {
    return el('div', { class: 'linked-form__field' }, [
      el('dt', { class: 'linked-form__field__label' }, label),
      el('dd', { class: 'linked-form__field__value' }, value),
    ]);
  }

  // The stages up to the lead's own, as the bar above the fields.
  function stages(lead) {
    var reached = lead.stages.indexOf(lead.stage);
    return el('div', { class: 'pipeline-bar', 'aria-hidden': 'true' }, lead.stages.map(function (stage, n) {
      return el('i', { class: n <= reached ? 'pipeline-bar__step pipeline-bar__step_reached' : 'pipeline-bar__step' });
    }));
  }

  function draw(holder, card, account, lang, userName) {
    var known = words.of(lang);
    var lead = card.lead;
    var title = lead.name || (card.is_saved ? known.nameless + lead.id : known.new_lead);
    var price = lead.price === null ? known.none : new Intl.NumberFormat(lang, {
      style: 'currency', currency: account.currency, maximumFractionDigits: 2, minimumFractionDigits: 0,
    }).format(lead.price);
    dom.empty(holder);
    holder.appendChild(el('div', { class: 'card-fields__top' }, [
      el('h1', { class: 'card-fields__name', id: 'person_name' }, card.is_allowed ? title : known.nameless + lead.id),
      el('p', { class: 'card-fields__id' }, card.is_saved ? '#' + lead.id : known.unsaved),
    ]));
    if (!card.is_allowed) {
      holder.appendChild(el('p', { class: 'card-fields__note' }, known.no_rights.replace('{user}', userName)));
      return;
    }
    holder.appendChild(stages(lead));
    holder.appendChild(el('dl', { class: 'linked-form__fields' }, [
      row(known.stage, lead.stage || known.none),
      row(known.price, price),
      row(known.responsible, lead.responsible || known.none),
      row(known.contact, card.contact ? card.contact.name : known.none),
    ]));
  }

  return { draw: draw };
});
