"""Parts of the HTML page: blocks and charts drawn as HTML, the cases as data, the page's CSS and JS."""
