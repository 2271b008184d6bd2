\ Primes below 20000 by the sieve of Eratosthenes: how many, the last one, and the largest gap.
20000 variable limit limit !
array composite 20000

: strike ( p -- ) dup dup *  begin dup limit @ < while  1 over composite + !  over + repeat  drop drop ;
: sieve  2 begin dup dup * limit @ < while  dup composite + @ 0 = if dup strike then  1 + repeat  drop ;

variable count  variable last  variable gap
: widen ( p -- p )  dup last @ -  dup gap @ > if gap ! else drop then ;
: tally  2 last !  limit @ 2 do  i composite + @ 0 = if  count @ 1 + count !  i widen last !  then loop ;

sieve tally
." primes: " count @ . cr
." last: " last @ . cr
." largest gap: " gap @ . cr

\ The Ackermann function, for the depth of it.
: ackermann ( m n -- a )
  over 0 = if nip 1 + exit then
  dup 0 = if drop 1 - 1 recurse exit then
  over 1 - rot rot 1 - recurse recurse ;
." ackermann 2 9: " 2 9 ackermann . cr
