"""The Hessian of ``subjects.dense_of_ten`` by hand, as fast as plain Python lets it be.

With s the weighted sum, q the squares, p the products of neighbours, c the weights and d the
sums of neighbours (dp/dx), every second partial is c_i*u_j + x_i*v_j + d_i*w_j, and more on the
diagonal and for neighbours.
"""

import math


def dense_of_ten_hessian(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9):
    s = x0 + 2.0*x1 + 3.0*x2 + 4.0*x3 + 5.0*x4 + 6.0*x5 + 7.0*x6 + 8.0*x7 + 9.0*x8 + 10.0*x9
    q = x0*x0 + x1*x1 + x2*x2 + x3*x3 + x4*x4 + x5*x5 + x6*x6 + x7*x7 + x8*x8 + x9*x9
    p = x0*x1 + x1*x2 + x2*x3 + x3*x4 + x4*x5 + x5*x6 + x6*x7 + x7*x8 + x8*x9 + x9*x0
    e, sp, cp = math.exp(-0.1*q), math.sin(p), math.cos(p)
    a, b, d, m = 2.0*q, 4.0*s, 0.04*e, 2.0 - sp*s
    diagonal = 2.0*s*s - 0.2*e
    near = cp*s + 2.0*p
    d0 = x9 + x1
    d1 = x0 + x2
    d2 = x1 + x3
    d3 = x2 + x4
    d4 = x3 + x5
    d5 = x4 + x6
    d6 = x5 + x7
    d7 = x6 + x8
    d8 = x7 + x9
    d9 = x8 + x0
    u0 = a + b*x0 + cp*d0
    v0 = b + d*x0
    w0 = m*d0 + cp
    u1 = 2.0*a + b*x1 + cp*d1
    v1 = 2.0*b + d*x1
    w1 = m*d1 + 2.0*cp
    u2 = 3.0*a + b*x2 + cp*d2
    v2 = 3.0*b + d*x2
    w2 = m*d2 + 3.0*cp
    u3 = 4.0*a + b*x3 + cp*d3
    v3 = 4.0*b + d*x3
    w3 = m*d3 + 4.0*cp
    u4 = 5.0*a + b*x4 + cp*d4
    v4 = 5.0*b + d*x4
    w4 = m*d4 + 5.0*cp
    u5 = 6.0*a + b*x5 + cp*d5
    v5 = 6.0*b + d*x5
    w5 = m*d5 + 6.0*cp
    u6 = 7.0*a + b*x6 + cp*d6
    v6 = 7.0*b + d*x6
    w6 = m*d6 + 7.0*cp
    u7 = 8.0*a + b*x7 + cp*d7
    v7 = 8.0*b + d*x7
    w7 = m*d7 + 8.0*cp
    u8 = 9.0*a + b*x8 + cp*d8
    v8 = 9.0*b + d*x8
    w8 = m*d8 + 9.0*cp
    u9 = 10.0*a + b*x9 + cp*d9
    v9 = 10.0*b + d*x9
    w9 = m*d9 + 10.0*cp
    h00 = u0 + x0*v0 + d0*w0 + diagonal
    h01 = u1 + x0*v1 + d0*w1 + near
    h02 = u2 + x0*v2 + d0*w2
    h03 = u3 + x0*v3 + d0*w3
    h04 = u4 + x0*v4 + d0*w4
    h05 = u5 + x0*v5 + d0*w5
    h06 = u6 + x0*v6 + d0*w6
    h07 = u7 + x0*v7 + d0*w7
    h08 = u8 + x0*v8 + d0*w8
    h09 = u9 + x0*v9 + d0*w9 + near
    h11 = 2.0*u1 + x1*v1 + d1*w1 + diagonal
    h12 = 2.0*u2 + x1*v2 + d1*w2 + near
    h13 = 2.0*u3 + x1*v3 + d1*w3
    h14 = 2.0*u4 + x1*v4 + d1*w4
    h15 = 2.0*u5 + x1*v5 + d1*w5
    h16 = 2.0*u6 + x1*v6 + d1*w6
    h17 = 2.0*u7 + x1*v7 + d1*w7
    h18 = 2.0*u8 + x1*v8 + d1*w8
    h19 = 2.0*u9 + x1*v9 + d1*w9
    h22 = 3.0*u2 + x2*v2 + d2*w2 + diagonal
    h23 = 3.0*u3 + x2*v3 + d2*w3 + near
    h24 = 3.0*u4 + x2*v4 + d2*w4
    h25 = 3.0*u5 + x2*v5 + d2*w5
    h26 = 3.0*u6 + x2*v6 + d2*w6
    h27 = 3.0*u7 + x2*v7 + d2*w7
    h28 = 3.0*u8 + x2*v8 + d2*w8
    h29 = 3.0*u9 + x2*v9 + d2*w9
    h33 = 4.0*u3 + x3*v3 + d3*w3 + diagonal
    h34 = 4.0*u4 + x3*v4 + d3*w4 + near
    h35 = 4.0*u5 + x3*v5 + d3*w5
    h36 = 4.0*u6 + x3*v6 + d3*w6
    h37 = 4.0*u7 + x3*v7 + d3*w7
    h38 = 4.0*u8 + x3*v8 + d3*w8
    h39 = 4.0*u9 + x3*v9 + d3*w9
    h44 = 5.0*u4 + x4*v4 + d4*w4 + diagonal
    h45 = 5.0*u5 + x4*v5 + d4*w5 + near
    h46 = 5.0*u6 + x4*v6 + d4*w6
    h47 = 5.0*u7 + x4*v7 + d4*w7
    h48 = 5.0*u8 + x4*v8 + d4*w8
    h49 = 5.0*u9 + x4*v9 + d4*w9
    h55 = 6.0*u5 + x5*v5 + d5*w5 + diagonal
    h56 = 6.0*u6 + x5*v6 + d5*w6 + near
    h57 = 6.0*u7 + x5*v7 + d5*w7
    h58 = 6.0*u8 + x5*v8 + d5*w8
    h59 = 6.0*u9 + x5*v9 + d5*w9
    h66 = 7.0*u6 + x6*v6 + d6*w6 + diagonal
    h67 = 7.0*u7 + x6*v7 + d6*w7 + near
    h68 = 7.0*u8 + x6*v8 + d6*w8
    h69 = 7.0*u9 + x6*v9 + d6*w9
    h77 = 8.0*u7 + x7*v7 + d7*w7 + diagonal
    h78 = 8.0*u8 + x7*v8 + d7*w8 + near
    h79 = 8.0*u9 + x7*v9 + d7*w9
    h88 = 9.0*u8 + x8*v8 + d8*w8 + diagonal
    h89 = 9.0*u9 + x8*v9 + d8*w9 + near
    h99 = 10.0*u9 + x9*v9 + d9*w9 + diagonal
    return (
        (h00, h01, h02, h03, h04, h05, h06, h07, h08, h09),
        (h01, h11, h12, h13, h14, h15, h16, h17, h18, h19),
        (h02, h12, h22, h23, h24, h25, h26, h27, h28, h29),
        (h03, h13, h23, h33, h34, h35, h36, h37, h38, h39),
        (h04, h14, h24, h34, h44, h45, h46, h47, h48, h49),
        (h05, h15, h25, h35, h45, h55, h56, h57, h58, h59),
        (h06, h16, h26, h36, h46, h56, h66, h67, h68, h69),
        (h07, h17, h27, h37, h47, h57, h67, h77, h78, h79),
        (h08, h18, h28, h38, h48, h58, h68, h78, h88, h89),
        (h09, h19, h29, h39, h49, h59, h69, h79, h89, h99),
    )
