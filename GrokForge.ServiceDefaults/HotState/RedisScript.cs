using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace GrokForge.ServiceDefaults.HotState;

/// <summary>A script that Redis runs: asked for by its hash, sent as a text only where the server does not know it. By its text alone the client library would hash it anew with every call.</summary>
public sealed class RedisScript
{
    private readonly byte[] _hash;

    /// <param name="text">In Lua.</param>
    public RedisScript(string text)
    {
        Text = text;
#pragma warning disable CA5350 // Redis knows scripts by their SHA-1; nothing is protected by it.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>The script itself, in Lua.</summary>
    public string Text { get; }

    /// <summary>Runs the script. Errors: what Redis or the way there says, as <see cref="RedisException"/> or a time-out.</summary>
    /// <param name="keys">The keys that it may touch.</param>
    /// <param name="values">Its arguments.</param>
    public async Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
    {
        ArgumentNullException.ThrowIfNull(database);
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, values);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(Text, keys, values);
        }
    }
}
