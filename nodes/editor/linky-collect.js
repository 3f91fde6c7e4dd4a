/* global $, RED, window */

/** The button of a source node, which collects what is missing. */
(function () {
  function collectNow(node) {
    const { id, type } = node;
    const failed = (reason) => RED.notify(node._(`${type}.collect.failed`, { reason }), 'error');
    if (node.changed) {
      RED.notify(node._(`${type}.collect.changed`), 'warning');
      return;
    }
    $.ajax({ url: `${type.replace('-', '/')}/${id}`, type: 'POST' })
      .done(() => RED.notify(node._(`${type}.collect.started`), { type: 'success', timeout: 3000 }))
      .fail(({ status }) => {
        if (status === 404) failed(node._(`${type}.collect.not-deployed`));
        else if (status === 409) failed(node._(`${type}.collect.not-ready`));
        else if (status === 401 || status === 403) failed(node._(`${type}.collect.not-allowed`));
        else if (status === 0) failed(node._(`${type}.collect.no-answer`));
        else failed(node._(`${type}.collect.unexpected`, { status }));
      });
  }

  /** The button, for a node's definition. */
  window.linkyCollectButton = {
    enabled: function () {
      return !this.changed;
    },
    onclick: function () {
      collectNow(this);
    },
  };
})();
