using Grpc.Core;

namespace GrokForge.TokenPool.Administration;

/// <summary>The expected refusals of the administration contract.</summary>
internal static class AdminErrors
{
    public static RpcException NotFound(long id) => new(new Status(StatusCode.NotFound, $"There is no token {id}."));

    /// <summary>INVALID_ARGUMENT; the message starts with the field's name.</summary>
    public static RpcException Invalid(string field, string why) => new(new Status(StatusCode.InvalidArgument, $"{field}: {why}"));

    public static RpcException ChangedMeanwhile(long id) => new(new Status(StatusCode.Aborted, $"Token {id} was changed by someone else. Read it again."));
}
