using GrokForge.TokenPool.Ledger.Memory;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class ChunksTests
{
    [Fact]
    public void What_a_table_holds_stays_while_it_grows()
    {
        var table = new Chunks<int>();
        for (var i = 0; i < 20_000; i++)
        {
            table.Grow(i + 1);
            Assert.InRange(table.Length, i + 1, Math.Max(4096, i + 4096));
            table[i] = i;
        }
        Assert.All(Enumerable.Range(0, 20_000), i => Assert.Equal(i, table[i]));
    }

    [Fact]
    public void A_full_piece_does_not_move()
    {
        var table = new Chunks<long>();
        table.Grow(5000);
        ref var first = ref table[0];
        table.Grow(500_000);
        first = 7;
        Assert.Equal(7, table[0]);
    }

    [Fact]
    public void A_value_is_filled_in_from_a_place_on()
    {
        var table = new Chunks<int>();
        table.Grow(9000);
        table.Fill(4095, -1);
        Assert.Equal([0, -1, -1, -1], [table[4094], table[4095], table[4096], table[8999]]);
    }

    [Fact]
    public void A_small_table_stays_small()
    {
        var table = new Chunks<int>();
        table.Grow(5);
        Assert.Equal(8, table.Length);
        table.Grow(3);
        Assert.Equal(8, table.Length);
    }
}
