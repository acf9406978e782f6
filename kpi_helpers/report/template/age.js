// How old each report is today, said by the page itself: it is opened long after it was made.
for (const time of document.querySelectorAll('time[data-days]')) {
    const days = Math.floor((Date.now() - new Date(time.dateTime)) / 864e5);
    time.textContent = days > 0 ? time.dataset.days.replace('0', days) : time.dataset.today;
}
