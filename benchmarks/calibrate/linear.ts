/**
 * The least spread that any prices allow, exactly. Where no kernel has more than one nanosecond per gas, prices p make its
 * gas at least its time, and the spread is at most 1 ÷ z if its gas is at most its time ÷ z. Both are linear in p, and the
 * greatest z of all p is found by the simplex method.
 */
