// A page that was forwarded alone leads nowhere: its links to other files are hidden outside of its folder.
for (const nav of document.querySelectorAll('nav[data-home]')) {
    nav.hidden = !decodeURIComponent(location.pathname).includes('/' + nav.dataset.home + '/');
}
