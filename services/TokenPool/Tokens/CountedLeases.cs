using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrokForge.TokenPool.Tokens;

/// <summary>
/// Which leases a row has counted since the write-behind wrote it, such as {"rev":12,"base":5,"revs":[7,12]}: several replicas add theirs in any order, and none of
/// them counts twice, whatever became of the answer to a write.
/// </summary>
/// <param name="Rev">The row's rev that this belongs to. Of a row with another one it says nothing.</param>
/// <param name="Base">The rev that the write-behind wrote: everything up to it is in the row's figures.</param>
/// <param name="Revs">The counted ones after it, in rising order.</param>
internal sealed record CountedLeases(
    [property: JsonPropertyName("rev")] long Rev, [property: JsonPropertyName("base")] long Base, [property: JsonPropertyName("revs")] long[] Revs)
{
    public static CountedLeases Of(TokenRow row)
    {
        var counted = row.Recent.Length > 0 ? JsonSerializer.Deserialize(row.Recent, CountedLeasesJson.Default.CountedLeases) : null;
        return counted?.Rev == row.Rev ? counted : new CountedLeases(row.Rev, row.Rev, []);
    }

    public bool Has(long rev) => rev <= Base || Array.BinarySearch(Revs, rev) >= 0;

    public CountedLeases With(IEnumerable<long> revs)
    {
        long[] all = [.. Revs.Concat(revs).Distinct().Order()];
        return new CountedLeases(all is [.., var last] ? Math.Max(Rev, last) : Rev, Base, all);
    }

    public string ToJson() => JsonSerializer.Serialize(this, CountedLeasesJson.Default.CountedLeases);
}

/// <summary>Generated JSON code of <see cref="CountedLeases"/>.</summary>
[JsonSerializable(typeof(CountedLeases))]
internal sealed partial class CountedLeasesJson : JsonSerializerContext;
