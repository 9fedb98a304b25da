namespace GrokForge.Admin.Login;

/// <summary>How the caller of an admin route was let in; a feature of its HttpContext.</summary>
/// <param name="Kind">session, password or verb.</param>
internal sealed record AdminCaller(string Kind)
{
    public static AdminCaller Session { get; } = new("session");

    public static AdminCaller Password { get; } = new("password");

    public static AdminCaller Verb { get; } = new("verb");
}
