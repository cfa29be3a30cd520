// Counts in steps and tells when it wraps; a table picks what is shown.
module counter(
    input clk, input reset, input [3:0] step, input [1:0] mode,
    output reg [7:0] value, output wraps, output reg [6:0] shown
);
    wire [8:0] next = value + step;
    assign wraps = next[8];
    always @(posedge clk)
        if (reset) value <= 0;
        else value <= next[7:0];
    always @*
        case (mode)
            0: shown = value[6:0];
            1: shown = ~value[7:1];
            2: shown = value[3:0] * 7'd5;
            default: shown = {7{^value}};
        endcase
endmodule
