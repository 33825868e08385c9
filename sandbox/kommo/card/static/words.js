/* Kommo's own words on the card, in the languages of the page. The toolbar is the sandbox's and stays English. */
define([], function () {
  'use strict';

  var WORDS = {
    en: {
      today: 'Today', yesterday: 'Yesterday', stage: 'Stage', price: 'Sale', contact: 'Contact', lead: 'Lead',
      responsible: 'Responsible user', widgets: 'Widgets', feed: 'Feed', details: 'Details', new_lead: 'New lead',
      nameless: 'Lead #', no_rights: 'Kommo would not show this card to {user}: no rights to the lead.',
      no_messages: 'No messages yet', more: 'More {n} of {all}', talk: 'Conversation № A', bot: 'Bot',
      system: 'System', voice: 'Voice message', play: 'Play', picture: 'Photo', file: 'File', sticker: 'Sticker',
      location: 'Location', video: 'Video', audio: 'Audio', contact_card: 'Contact', delivered: 'Delivered',
      settings: 'Settings', save: 'Save', install: 'Install', disable: 'Disable', close: 'Close',
      disabled: 'The widget is disabled.', saved: 'Saved', not_saved: 'The widget did not accept this.', required: 'Fill in what is required.',
      unsaved: 'This lead is not saved yet.', none: 'Not set', closed: 'No card is open.',
      broken: 'The widget could not be loaded: ', call_in: 'Incoming call', call_out: 'Outgoing call', note: 'Note',
      listen: 'Listen',
    },
    es: {
      today: 'Hoy', yesterday: 'Ayer', stage: 'Etapa', price: 'Venta', contact: 'Contacto', lead: 'Lead',
      responsible: 'Usuario responsable', widgets: 'Widgets', feed: 'Feed', details: 'Detalles',
      new_lead: 'Nuevo lead', nameless: 'Lead n.º ',
      no_rights: 'Kommo no mostraría esta tarjeta a {user}: sin derechos sobre el lead.',
      no_messages: 'Aún no hay mensajes', more: 'Más {n} de {all}', talk: 'Conversación № A', bot: 'Bot',
      system: 'Sistema', voice: 'Mensaje de voz', play: 'Reproducir', picture: 'Foto', file: 'Archivo',
      sticker: 'Sticker', location: 'Ubicación', video: 'Vídeo', audio: 'Audio', contact_card: 'Contacto',
      delivered: 'Entregado', settings: 'Ajustes', save: 'Guardar', install: 'Instalar', disable: 'Desactivar',
      close: 'Cerrar', disabled: 'El widget está desactivado.', saved: 'Guardado',
      not_saved: 'El widget no lo ha aceptado.', required: 'Rellene los campos obligatorios.', unsaved: 'Este lead aún no está guardado.', none: 'Sin definir',
      closed: 'No hay ninguna tarjeta abierta.', broken: 'No se pudo cargar el widget: ',
      call_in: 'Llamada entrante', call_out: 'Llamada saliente', note: 'Nota', listen: 'Escuchar',
    },
    pt: {
      today: 'Hoje', yesterday: 'Ontem', stage: 'Etapa', price: 'Venda', contact: 'Contato', lead: 'Lead',
      responsible: 'Usuário responsável', widgets: 'Widgets', feed: 'Feed', details: 'Detalhes',
      new_lead: 'Novo lead', nameless: 'Lead nº ',
      no_rights: 'O Kommo não mostraria este cartão a {user}: sem direitos sobre o lead.',
      no_messages: 'Ainda não há mensagens', more: 'Mais {n} de {all}', talk: 'Conversa № A', bot: 'Bot',
      system: 'Sistema', voice: 'Mensagem de voz', play: 'Reproduzir', picture: 'Foto', file: 'Arquivo',
      sticker: 'Figurinha', location: 'Localização', video: 'Vídeo', audio: 'Áudio', contact_card: 'Contato',
      delivered: 'Entregue', settings: 'Configurações', save: 'Salvar', install: 'Instalar', disable: 'Desativar',
      close: 'Fechar', disabled: 'O widget está desativado.', saved: 'Salvo',
      not_saved: 'O widget não aceitou.', required: 'Preencha os campos obrigatórios.', unsaved: 'Este lead ainda não foi salvo.', none: 'Não definido',
      closed: 'Nenhum cartão está aberto.', broken: 'Não foi possível carregar o widget: ',
      call_in: 'Chamada recebida', call_out: 'Chamada realizada', note: 'Nota', listen: 'Ouvir',
    },
  };

  return {
    languages: Object.keys(WORDS),
    of: function (lang) { return WORDS[lang] || WORDS.en; },
  };
});
