# Draws prices over time: of lines "seconds since 1970, tab, price" it makes an SVG.
#
#     gnuplot -e "prices = 'prices.tsv'; picture = 'prices.svg'" docs/pictures/prices.gnuplot
set terminal svg size 360,240 font 'sans-serif,13' background 'white'
set output picture
set title 'bitcoin in usd'
set xlabel 'seconds'
unset key
set border 3
set xtics nomirror
set ytics nomirror
stats prices using 1 nooutput
plot prices using ($1 - STATS_min):2 with lines linewidth 2 linecolor '#1f6feb'
